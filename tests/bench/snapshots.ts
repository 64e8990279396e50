/**
 * `npm run bench:snapshots`: what a session of snapshots costs: while it is recorded, in the server and in the analyzer, and
 * afterwards, for its video; beside FFmpeg alone, which makes the same video of the same JPEGs and nothing else.
 *
 * Options: `--sessions 5`, `--seconds 15`, `--rounds 2`. CPU is read from /proc, with that of programs that were run.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuSeconds } from "@/tests/bench/process-cpu";
import { testEnvironment } from "@/tests/support/environment";
import { startRedis } from "@/tests/support/redis";
import { SnapshotSource } from "@/tests/support/snapshot-source";

const { values: options } = parseArgs({
  options: {
    sessions: { type: "string", default: "5" },
    seconds: { type: "string", default: "15" },
    rounds: { type: "string", default: "2" },
  },
});
const sessions = Number(options.sessions);
const seconds = Number(options.seconds);
const STEP_MS = 200;
const SIZES = ["640x480", "1280x720"];
/** Of the kernel, USER_HZ: 100 everywhere. */

/** Runs FFmpeg alone. @returns its CPU in seconds */
async function ffmpeg(args: string[]): Promise<number> {
  const child = spawn("bash", ["-c", 'ffmpeg "$@"; times', "bash", "-nostdin", "-v", "error", "-y", ...args]);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
  await once(child, "close");
  const [, user, system] = /\n(\S+) (\S+)\n?$/.exec(text.trimEnd()) ?? [];
  const parse = (value = "0m0s") => Number(value.split("m")[0]) * 60 + Number.parseFloat(value.split("m")[1] ?? "0");
  return parse(user) + parse(system);
}

async function round(size: string, redisUrl: string) {
  const folder = mkdtempSync(path.join(tmpdir(), "tapedeck-bench-snapshots-"));
  const env = {
    ...testEnvironment(),
    ...{ PORT: "0", DATA_DIR: path.join(folder, "data"), RECORDINGS_DIR: path.join(folder, "recordings") },
    ...{ REDIS_URL: redisUrl, LOG_LEVEL: "error", MIN_FREE_BYTES: "0", RESERVE_BYTES: "0" },
  };
  const frames = seconds * 5;
  // A moving picture with noise, as a camera's.
  const source = `testsrc2=s=${size}:r=5,noise=alls=8:allf=t`;
  await ffmpeg(["-f", "lavfi", "-i", source, "-frames:v", String(frames), "-q:v", "5", path.join(folder, "%05d.jpg")]);
  const jpegs = Array.from({ length: frames }, (_, index) =>
    readFileSync(path.join(folder, `${String(index + 1).padStart(5, "0")}.jpg`)),
  );
  const children: ChildProcess[] = [];
  try {
    const execArgv = ["--import", "tsx"];
    const server = fork("tests/bench/tapedeck-server.ts", [], { execArgv, env });
    children.push(server);
    const [{ url, token }] = await once(server, "message");
    const worker = fork("worker/index.ts", [], { execArgv, env });
    children.push(worker);
    await once(worker, "message");
    const ask = async (method: string, address: string, body?: object) => {
      const answer = await fetch(url + address, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      return answer.json();
    };
    const pids = [server.pid, worker.pid] as [number, number];
    const before = pids.map(cpuSeconds) as [number, number];
    const sources = await Promise.all(
      Array.from({ length: sessions }, async () => {
        const { session_id: id } = await ask("POST", "/api/focus/sessions", {});
        const client = new SnapshotSource(url, id, token);
        await client.connect();
        return client;
      }),
    );
    const startMs = Date.now();
    for (const [index, jpeg] of jpegs.entries()) {
      await pause(Math.max(0, startMs + index * STEP_MS - Date.now()));
      for (const client of sources) client.take(jpeg, startMs + index * STEP_MS);
    }
    await pause(Math.max(0, startMs + seconds * 1000 - Date.now()));
    const recorded = pids.map(cpuSeconds) as [number, number];
    await Promise.all(sources.map((client) => client.finish(startMs + seconds * 1000)));
    const ids = new Set<string>();
    while (ids.size < sessions) {
      for (const each of await ask("GET", "/api/recordings/")) if (each.status === "ready") ids.add(each.recording_id);
      await pause(200);
    }
    // The analyzers' FFmpegs end, and are counted, some seconds after their sessions: they are part of what it costs.
    const [serverCpu, workerCpu] = pids.map(cpuSeconds) as [number, number];
    const alone = await ffmpeg([
      ...["-framerate", "5", "-i", path.join(folder, "%05d.jpg"), "-vf", "fps=30,format=yuv420p"],
      ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-bf", "0", path.join(folder, "alone.mp4")],
    ]);
    const perSession = sessions * seconds;
    return {
      bytes: jpegs.reduce((sum, { length }) => sum + length, 0) / frames,
      server: (recorded[0] - before[0]) / perSession,
      video: (serverCpu - recorded[0] + workerCpu - before[1]) / perSession,
      alone: alone / seconds,
    };
  } finally {
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, "exit") : null)));
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
console.log(`${sessions} sessions of ${seconds} s, five snapshots a second; cores per session\n`);
console.log("size       snapshot   server   worker: analysis, video and its check   FFmpeg alone   ratio");
for (const size of SIZES) {
  const rounds: Awaited<ReturnType<typeof round>>[] = [];
  for (let index = 0; index < Number(options.rounds); index += 1) {
    const redis = await startRedis();
    rounds.push(await round(size, redis.url));
    await redis.stop();
  }
  const of = (name: "bytes" | "server" | "video" | "alone") => median(rounds.map((each) => each[name]));
  console.log(
    [
      size.padEnd(10),
      `${Math.round(of("bytes") / 1024)} KiB`.padStart(8),
      of("server").toFixed(4).padStart(9),
      of("video").toFixed(3).padStart(30),
      of("alone").toFixed(3).padStart(24),
      ((of("server") + of("video")) / of("alone")).toFixed(2).padStart(9),
    ].join(" "),
  );
}
process.exit(0);
