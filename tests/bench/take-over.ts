/**
 * How long it takes until a worker that takes over a recording from another, which was stopped, has come as far as that one
 * had; beside it, in the same run, one that finds nothing to go on with and begins at the first byte.
 *
 * `npm run bench:take-over -- [capture seconds …]`, for instance `c20_h264_250 600 c20_vp8_1000 60`
 */
import { readdir, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { isLiveFilename } from "@/lib/domain/names";
import { sendRecording, wasFollowed, watchableMs } from "@/tests/bench/live-source";
import { startWorkerProcess, WORKER_SOURCES } from "@/tests/support/processes";
import { startTestServer } from "@/tests/support/server";

const words = process.argv.slice(2);
const args = words.length === 0 ? ["c20_h264_250", "600", "c20_vp8_1000", "60"] : words;
/** The last segment may wait for the sound of its end. */
const NEARLY_MS = 10_000;
/** How far a feeder that is faster than real time may be ahead. */
const AHEAD_MS = 30_000;

const server = await startTestServer({ COMPILE_PRESET: "" });
const { services } = server;
let worker = await startWorkerProcess(WORKER_SOURCES, services.environment);

async function reached(id: string, ms: number): Promise<void> {
  while ((await watchableMs(server, id)) < ms) await pause(20);
}

/** @returns milliseconds from the first sign of the second worker to where the first had come */
async function takeOver(capture: string, seconds: number, isKept: boolean): Promise<number> {
  const sent = await sendRecording(server, capture, seconds, (sentMs, id) => reached(id, sentMs - AHEAD_MS));
  await reached(sent.id, seconds * 1000 - NEARLY_MS);
  const cameMs = await watchableMs(server, sent.id);
  await worker.stop();
  const folder = services.folder.folder(sent.id);
  const live = (await readdir(folder)).filter(isLiveFilename);
  const mp4 = live.find((name) => name.endsWith(".mp4"));
  if (!isKept) for (const name of live) await rm(`${folder}/${name}`);
  worker = await startWorkerProcess(WORKER_SOURCES, services.environment);
  await worker.waitFor(/"recording is followed"/);
  const startedAtMs = performance.now();
  // Until its own file is there, the index is the first one's.
  while (!(await readdir(folder)).some((name) => name !== mp4 && /^live-.*mp4$/.test(name))) await pause(5);
  await reached(sent.id, cameMs - NEARLY_MS);
  const tookMs = performance.now() - startedAtMs;
  await sent.finish();
  const followed = await wasFollowed(server, sent.id);
  if (followed !== true) console.log(`  not followed: ${followed}`);
  await sent.close();
  return tookMs;
}

console.log("until a second worker has come as far as the first\n");
console.log("| recording | goes on | begins anew | ratio |\n|---|---:|---:|---:|");
try {
  for (let index = 0; index + 1 < args.length; index += 2) {
    const [capture, seconds] = [args[index] as string, Number(args[index + 1])];
    const goesOn = await takeOver(capture, seconds, true);
    const anew = await takeOver(capture, seconds, false);
    const figures = [goesOn, anew].map((ms) => `${(ms / 1000).toFixed(1)} s`);
    console.log(`| ${capture}, ${seconds} s | ${figures.join(" | ")} | ${(anew / goesOn).toFixed(0)} |`);
  }
} finally {
  await worker.stop();
  await server.stop();
}
