/**
 * How long it takes from the finish message of a recording to an MP4 that can be downloaded: recordings of several lengths
 * through the real server and a worker of its own, fed faster than real time with the end in real time; beside it the
 * naive command after the stop.
 *
 * `npm run bench:stop-to-mp4 -- [capture] [seconds:runs …]`, for instance `c20_h264_250 10:20 60:5 300:1`
 */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TRACK_KINDS } from "@/lib/domain/recording-state";
import { quantile, sendRecording, wasFollowed, watchableMs } from "@/tests/bench/live-source";
import { startWorkerProcess, WORKER_SOURCES } from "@/tests/support/processes";
import { startTestServer } from "@/tests/support/server";

const [capture = "c20_h264_250", ...wanted] = process.argv.slice(2);
const cases = (wanted.length === 0 ? ["10:20", "60:3", "300:1"] : wanted).map((each) => each.split(":").map(Number));
/** The last seconds come as they are recorded. */
const REAL_TIME_SECONDS = 3;
/** The naive command is run for recordings up to this. */
const NAIVE_SECONDS = 60;

const server = await startTestServer({ COMPILE_PRESET: "" });
const { services } = server;
const worker = await startWorkerProcess(WORKER_SOURCES, services.environment);

interface Run {
  readyMs: number;
  wasFollowed: boolean;
  id: string;
}

async function record(seconds: number): Promise<Run> {
  const sent = await sendRecording(server, capture, seconds, async (sentMs, id) => {
    if (sentMs < (seconds - REAL_TIME_SECONDS) * 1000) return;
    await caughtUp(id, sentMs - 10_000);
    await pause(250);
  });
  const readyMs = await sent.finish();
  const followed = await wasFollowed(server, sent.id);
  if (followed !== true) console.log(`  not followed: ${followed}`);
  await sent.close();
  return { readyMs, wasFollowed: followed === true, id: sent.id };
}

/** Waits until as much is in the live file: who feeds faster than real time must not measure that. */
async function caughtUp(id: string, playedMs: number): Promise<void> {
  for (let tries = 0; tries < 60_000 && playedMs > 0; tries += 1) {
    if ((await watchableMs(server, id)) >= playedMs) return;
    await pause(100);
  }
}

async function naive(id: string): Promise<number> {
  const [video, audio] = TRACK_KINDS.map((kind) => services.folder.file(id, `${kind}.webm`)) as [string, string];
  const out = path.join(services.config.DATA_DIR, "naive.mp4");
  await writeFile(out, "");
  const startedAtMs = performance.now();
  const args = ["-v", "error", "-y", "-i", video, "-i", audio, "-c:v", "libx264", "-c:a", "aac", out];
  execFileSync("ffmpeg", args, { stdio: "ignore" });
  return performance.now() - startedAtMs;
}

console.log(`${capture}, from the finish message to a file that downloads\n`);
console.log("| length | runs | median | p99 | followed | naive command | ratio |\n|---|---|---|---|---|---|---|");
try {
  for (const [seconds = 10, runs = 1] of cases) {
    const results: Run[] = [];
    for (let index = 0; index < runs; index += 1) results.push(await record(seconds));
    const times = results.map(({ readyMs }) => readyMs).sort((a, b) => a - b);
    const median = quantile(times, 0.5);
    const naiveMs = seconds <= NAIVE_SECONDS ? await naive((results[0] as Run).id) : null;
    const naiveWords = naiveMs === null ? " | " : `${(naiveMs / 1000).toFixed(1)} s | ${(naiveMs / median).toFixed(0)}`;
    const followed = results.filter(({ wasFollowed }) => wasFollowed).length;
    const words = [`${seconds} s`, runs, `${median.toFixed(0)} ms`, `${quantile(times, 0.99).toFixed(0)} ms`, followed];
    console.log(`| ${words.join(" | ")} | ${naiveWords} |`);
  }
} finally {
  await worker.stop();
  await server.stop();
}
