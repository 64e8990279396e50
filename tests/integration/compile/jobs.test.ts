/** What a job of the compile queue does when it comes twice, fails, is deleted, or its worker stops. */
import { randomUUID } from "node:crypto";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Job, Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { COMPILE_QUEUE, type CompileJob, compileJobId } from "@/lib/protocol/jobs";
import type { CompileProgress } from "@/lib/protocol/recordings";
import { deleteRecording, requestCompile } from "@/lib/server/recordings/lifecycle";
import { requeueCompilations } from "@/lib/server/recordings/upkeep";
import type { Services } from "@/lib/server/services";
import { addRecording, captureContent, chunksOf } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { videoOf } from "@/tests/integration/compile/media-facts";
import { eventually } from "@/tests/support/eventually";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { CompileProcessor } from "@/worker/compile/compile-job";
import { type RunningWorker, startWorker } from "@/worker/worker";

let services: TestServices;
let queue: Queue;
let userId: string;
const workers: RunningWorker[] = [];

beforeAll(async () => {
  services = await openTestServices();
  queue = new Queue(COMPILE_QUEUE, { connection: services.redis });
  ({ userId } = await addUser(services));
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
});

afterAll(async () => {
  await queue.close();
  await services.dispose();
});

async function work(from: Services = services): Promise<RunningWorker> {
  const worker = await startWorker(from, { retryDelayMs: 10 });
  workers.push(worker);
  return worker;
}

/** The same services with another FFmpeg. */
function withFfmpeg(program: string): Services {
  return { ...services, config: { ...services.config, FFMPEG_PATH: program } };
}

/** An FFmpeg that does something first, each time it is to write a file; `$1` and so on are its arguments. */
async function ffmpegThatFirst(script: string): Promise<string> {
  const file = path.join(services.config.DATA_DIR, `ffmpeg-${randomUUID()}`);
  await writeFile(file, `#!/bin/sh\n${script}\nexec ffmpeg "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

/** The next progress in which FFmpeg is at work. */
function compilingBegun(id: string): Promise<CompileProgress> {
  return new Promise((resolve) => {
    const unsubscribe = services.changes.subscribe((change) => {
      if (change.kind !== "progress" || change.recordingId !== id || change.progress.phase !== "compiling") return;
      unsubscribe();
      resolve(change.progress);
    });
  });
}

const short = { audio: chunksOf("sp_odd_vp8", "audio") };

test("a job whose lock ran out while its worker was busy goes on there, and is not begun beside itself", async () => {
  const id = await addRecording(services, userId, short);
  const { compileRequestedAt } = await services.database.recording.findUniqueOrThrow({ where: { id } });
  const data = { recordingId: id, requestedAtMs: (compileRequestedAt as Date).getTime() };
  const outcomes: string[] = [];
  const processor = new CompileProcessor(services, { onOutcome: (outcome) => outcomes.push(outcome) });
  // As a worker is given it: once, and again when the queue has found the lock gone.
  const job = { id: compileJobId(data), data, updateProgress: async () => {} } as unknown as Job<CompileJob>;
  const begun = compilingBegun(id);
  const first = processor.process(job, "lost");
  await begun;
  await Promise.all([first, processor.process(job, "held")]);
  processor.stop();
  const recording = await reach(services, id);
  expect(recording).toMatchObject({ state: "ready", compileAttempts: 1 });
  expect(outcomes).toEqual(["ready"]);
  await queue.obliterate({ force: true });
});

test("the same job twice makes one file, and leaves nothing in the queue", async () => {
  const id = await addRecording(services, userId, short);
  const { compileRequestedAt } = await services.database.recording.findUniqueOrThrow({ where: { id } });
  const job = { recordingId: id, requestedAtMs: (compileRequestedAt as Date).getTime() };
  await queue.add("compile", job, { jobId: "a-second-one", removeOnComplete: true });
  await work();
  const first = await reach(services, id);
  expect(first).toMatchObject({ state: "ready", compileAttempts: 1 });
  await queue.add("compile", job, { jobId: "a-third-one", removeOnComplete: true });
  await eventually(async () => {
    expect(await queue.getJobCounts("waiting", "active", "delayed", "failed", "completed")).toEqual({
      waiting: 0,
      active: 0,
      delayed: 0,
      failed: 0,
      completed: 0,
    });
  });
  expect(await reach(services, id)).toMatchObject({ readyAt: first.readyAt, compileAttempts: 1 });
  expect((await readdir(services.folder.folder(id))).filter((name) => name.endsWith(".mp4"))).toEqual([`${id}.mp4`]);
});

test("asking again for what is ready changes nothing", async () => {
  const id = await addRecording(services, userId, short);
  await work();
  const { readyAt } = await reach(services, id);
  await requestCompile(services, { userId }, id);
  expect(await reach(services, id)).toMatchObject({ state: "ready", readyAt });
});

test("progress grows through its phases to the end, at most twice a second within one", async () => {
  const reports: (CompileProgress & { atMs: number })[] = [];
  const id = await addRecording(services, userId, { video: chunksOf("sp_vfr_vp8", "video") });
  const unsubscribe = services.changes.subscribe((change) => {
    if (change.kind === "progress") reports.push({ ...change.progress, atMs: performance.now() });
  });
  await work();
  await reach(services, id);
  unsubscribe();
  expect([...new Set(reports.map(({ phase }) => phase))]).toEqual(["probing", "compiling", "checking", "finishing"]);
  const fractions = reports.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
  for (const [index, report] of reports.entries()) {
    const before = reports[index - 1];
    if (before?.phase === report.phase) expect(report.atMs - before.atMs).toBeGreaterThanOrEqual(499);
  }
});

test("a failure that may go away is tried again by itself", async () => {
  const mark = path.join(services.config.DATA_DIR, "failed-once");
  const program = await ffmpegThatFirst(`if [ ! -e "${mark}" ]; then touch "${mark}"; kill -KILL $$; fi`);
  const id = await addRecording(services, userId, short);
  await work(withFfmpeg(program));
  expect(await reach(services, id)).toMatchObject({ state: "ready", compileAttempts: 2, failureCode: null });
});

test("a failure that stays is given up after the attempts that are allowed, and says why", async () => {
  const program = await ffmpegThatFirst('echo "av_interleaved_write_frame(): No space left on device" >&2; exit 1');
  const id = await addRecording(services, userId, short);
  const worker = await work(withFfmpeg(program));
  const failed = await reach(services, id);
  expect(failed).toMatchObject({ state: "failed", failureCode: "disk_full", compileAttempts: 3 });
  expect(failed.failureMessage).toBe("The server's disk is full.");
  expect(await readdir(services.folder.folder(id))).not.toContain("work");

  // The disk has room again, and the user presses "try again".
  await worker.close();
  await work();
  await requestCompile(services, { userId }, id);
  expect(await reach(services, id, ["ready"])).toMatchObject({ state: "ready", compileAttempts: 1, failureCode: null });
});

test("a picture that is copied into a file that does not decode is encoded instead", async () => {
  // Copies of a picture get a byte changed now and then, by a bit stream filter of FFmpeg.
  const noisy = path.join(services.config.DATA_DIR, "noisy-ffmpeg");
  const script = `#!/usr/bin/env node
const args = process.argv.slice(2);
const at = args.indexOf("copy");
if (at > 0 && args[at - 1] === "-c:v") args.splice(at + 1, 0, "-bsf:v", "noise=amount=1000");
process.exit(require("node:child_process").spawnSync("ffmpeg", args, { stdio: "inherit" }).status ?? 1);
`;
  await writeFile(noisy, script);
  await chmod(noisy, 0o755);
  const id = await addRecording(services, userId, { video: chunksOf("sp_still_h264", "video") });
  // Node reserves more address space than FFmpeg is allowed.
  const config = { ...services.config, FFMPEG_PATH: noisy, COMPILE_MEMORY_BYTES: 64 * 1024 ** 3 };
  await work({ ...services, config });
  const recording = await reach(services, id);
  expect(recording).toMatchObject({ state: "ready", compileAttempts: 1 });
  expect(videoOf(mp4Of(services, recording))?.profile).toBe("High");
});

test("a recording that is deleted while it is compiled leaves nothing, and FFmpeg ends", async () => {
  const pidFile = path.join(services.config.DATA_DIR, "pid");
  const program = await ffmpegThatFirst(`echo $$ > "${pidFile}"; sleep 30`);
  const id = await addRecording(services, userId, captureContent("sp_still_h264"));
  await work(withFfmpeg(program));
  const pid = await eventually(async () => {
    const text = await readFile(pidFile, "utf8");
    expect(text).toMatch(/^\d+\n$/);
    return Number(text);
  });
  expect(isAlive(pid)).toBe(true);
  await deleteRecording(services, { userId }, id);
  await eventually(() => expect(isAlive(pid)).toBe(false));
  await eventually(async () =>
    expect(await queue.getJobCounts("active", "waiting", "delayed")).toEqual({ active: 0, waiting: 0, delayed: 0 }),
  );
  expect(await readdir(services.folder.root)).not.toContain(id);
  expect(await services.database.recording.count({ where: { id } })).toBe(0);
});

test("a worker that stops gives its compilation back, and the next one does it at the first attempt", async () => {
  const program = await ffmpegThatFirst("sleep 30");
  const id = await addRecording(services, userId, short);
  const first = await work(withFfmpeg(program));
  await compilingBegun(id);
  await first.close();
  expect(await reach(services, id, ["stopped"])).toMatchObject({ state: "stopped", compileAttempts: 0 });
  expect(await readdir(services.folder.folder(id))).not.toContain("work");
  await work();
  expect(await reach(services, id)).toMatchObject({ state: "ready", compileAttempts: 1 });
});

test("two workers do not compile the same recording twice", async () => {
  const ids = [];
  for (let index = 0; index < 4; index += 1) ids.push(await addRecording(services, userId, short));
  await Promise.all([work(), work()]);
  for (const id of ids) expect(await reach(services, id)).toMatchObject({ state: "ready", compileAttempts: 1 });
});

test("a compilation that the queue has lost is found in the database", async () => {
  const id = await addRecording(services, userId, short);
  const { compileRequestedAt } = await services.database.recording.findUniqueOrThrow({ where: { id } });
  await services.redis.flushall();
  const jobId = compileJobId({ recordingId: id, requestedAtMs: (compileRequestedAt as Date).getTime() });
  expect(await queue.getJob(jobId)).toBeUndefined();
  await work();
  expect(await reach(services, id)).toMatchObject({ state: "ready", compileAttempts: 1 });
});

test("what takes long stands in nobody's way, and of what waits the least work comes first", async () => {
  const hours = async (count: number) => {
    const id = await addRecording(services, userId, short);
    const createdAt = new Date(Date.now() - count * 3_600_000);
    await services.database.recording.update({ where: { id }, data: { createdAt } });
    return id;
  };
  const [longest, long] = [await hours(9), await hours(3)];
  const stateOf = async (id: string) => (await reach(services, id, ["stopped", "compiling", "ready", "failed"])).state;
  // Queued anew, by the lengths they have now.
  await services.redis.flushall();
  await requeueCompilations(services);
  const gate = path.join(services.config.DATA_DIR, `gate-${randomUUID()}`);
  const program = await ffmpegThatFirst(`case "$*" in *${long}*) until [ -e ${gate} ]; do sleep 0.1; done ;; esac`);
  const begun = compilingBegun(long);
  await work(withFfmpeg(program));
  await begun;
  expect(await stateOf(longest)).toBe("stopped");
  const brief = await addRecording(services, userId, short);
  expect(await reach(services, brief)).toMatchObject({ state: "ready" });
  expect(await stateOf(long)).toBe("compiling");
  expect(await stateOf(longest)).toBe("stopped");
  await writeFile(gate, "");
  for (const id of [long, longest]) expect(await reach(services, id)).toMatchObject({ state: "ready" });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
