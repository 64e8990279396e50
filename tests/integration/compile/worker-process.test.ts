/** The worker as the process it is: it is killed, stopped, loses its supervisor, and others carry on. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { addRecording, chunksOf } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { eventually } from "@/tests/support/eventually";
import { freePort, type RunningProgram, run, startWorkerProcess } from "@/tests/support/processes";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";

const WORKER = [inject("workerFile")];

let services: TestServices;
let userId: string;
const running: RunningProgram[] = [];

beforeAll(async () => {
  services = await openTestServices();
  ({ userId } = await addUser(services));
});

afterEach(async () => {
  for (const program of running.splice(0)) await program.stop("SIGKILL");
});

afterAll(async () => {
  await services.dispose();
});

function environmentOf(environment: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...services.environment, LOG_LEVEL: "info", ...environment };
}

async function startProcess(environment: Record<string, string> = {}): Promise<RunningProgram> {
  const program = await startWorkerProcess(WORKER, { ...services.environment, ...environment });
  running.push(program);
  return program;
}

const short = { audio: chunksOf("sp_odd_vp8", "audio") };

/** An FFmpeg that never gets anywhere; it writes down its process id. */
async function stuckFfmpeg(): Promise<{ program: string; pid: () => Promise<number> }> {
  const program = path.join(services.config.DATA_DIR, `stuck-ffmpeg-${randomUUID()}`);
  const pidFile = `${program}.pid`;
  // The worker looks at the version and the encoders before it starts.
  await writeFile(
    program,
    `#!/bin/sh\ncase "$*" in *-progress*) echo $$ > "${pidFile}"; exec sleep 300;; esac\nexec ffmpeg "$@"\n`,
  );
  await chmod(program, 0o755);
  return {
    program,
    pid: () =>
      eventually(async () => {
        const text = await readFile(pidFile, "utf8");
        expect(text).toMatch(/^\d+\n$/);
        return Number(text);
      }),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a compilation of a killed worker is taken up by another and makes one file", async () => {
  const { program, pid } = await stuckFfmpeg();
  const first = await startProcess({ FFMPEG_PATH: program });
  const id = await addRecording(services, userId, short);
  const ffmpegPid = await pid();
  await reach(services, id, ["compiling"]);
  process.kill(first.child.pid as number, "SIGKILL");
  // Nobody was left to end it; on Linux the kernel does.
  if (process.platform === "linux") await eventually(() => expect(isAlive(ffmpegPid)).toBe(false));

  await startProcess();
  const recording = await reach(services, id);
  expect(recording).toMatchObject({ state: "ready", compileAttempts: 2 });
  await eventually(async () =>
    expect((await readdir(services.folder.folder(id))).sort()).toEqual(
      [`${id}.mp4`, "audio.clock.jsonl", "audio.webm", "manifest.json", "thumbnail.jpg"].sort(),
    ),
  );
});

test("on SIGTERM it gives its compilation back, ends in order, and FFmpeg with it", async () => {
  const { program, pid } = await stuckFfmpeg();
  const worker = await startProcess({ FFMPEG_PATH: program });
  const id = await addRecording(services, userId, short);
  const ffmpegPid = await pid();
  const exit = once(worker.child, "exit");
  worker.child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
  expect(isAlive(ffmpegPid)).toBe(false);
  expect(worker.output()).toMatch(/"stopped"/);
  expect(await reach(services, id, ["stopped"])).toMatchObject({ compileAttempts: 0 });

  // Even when Redis has forgotten everything meanwhile.
  await services.redis.flushall();
  await startProcess();
  expect(await reach(services, id)).toMatchObject({ state: "ready", compileAttempts: 1 });
});

test("it serves metrics on this machine when it is given a port", async () => {
  const port = await freePort();
  await startProcess({ WORKER_PORT: String(port) });
  const id = await addRecording(services, userId, short);
  await reach(services, id);
  await eventually(async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toMatch(/tapedeck_compilations_total\{outcome="ready"\} 1/);
    expect(text).toMatch(/tapedeck_compile_seconds_count 1/);
  });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
});

test("without FFmpeg it says what to do and does not start", async () => {
  const program = run(process.execPath, WORKER, { env: environmentOf({ FFMPEG_PATH: "/nowhere/ffmpeg" }) });
  running.push(program);
  const [code] = await once(program.child, "exit");
  expect(code).toBe(78);
  expect(program.output()).toMatch(/FFMPEG_PATH: "\/nowhere\/ffmpeg" does not run; install FFmpeg/);
});

test("it ends when its supervisor is gone", async () => {
  const child = spawn(process.execPath, WORKER, { env: environmentOf(), stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const [message] = await once(child, "message");
  expect(message).toEqual({ ready: true });
  const exit = once(child, "exit");
  child.disconnect();
  expect(await exit).toEqual([0, null]);
});
