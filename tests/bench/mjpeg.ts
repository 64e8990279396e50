/**
 * `npm run bench:mjpeg`: what recording a motion JPEG stream costs, beside `motion` recording the same address in the same
 * run, in cores by the time on the processor that all their processes took; and how long the files are.
 *
 * Needs `motion` (Debian: `apt-get install motion`); without it only Tapedeck is measured.
 * Options: `--rounds 3`, `--seconds 20`, `--fps 15`, `--sizes 640x480,1280x720`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuSeconds } from "@/tests/bench/process-cpu";
import { makeJpegs, startMjpegSource } from "@/tests/support/mjpeg-source";
import { type RunningProgram, run } from "@/tests/support/processes";
import { startTestServer } from "@/tests/support/server";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "20" },
    fps: { type: "string", default: "15" },
    sizes: { type: "string", default: "640x480,1280x720" },
  },
});
const SECONDS = Number(options.seconds);
/** Processes have started and found the stream. */
const SETTLE_MS = 6000;

async function coresOf(pid: number): Promise<number> {
  await pause(SETTLE_MS);
  const before = cpuSeconds(pid);
  const startedAtMs = performance.now();
  await pause(SECONDS * 1000);
  return (cpuSeconds(pid) - before) / ((performance.now() - startedAtMs) / 1000);
}

function hasMotion(): Promise<boolean> {
  return new Promise((resolve) => {
    spawn("motion", ["-h"], { stdio: "ignore" })
      .on("error", () => resolve(false))
      .on("exit", () => resolve(true));
  });
}

/** As Tapedeck's defaults: H.264 of the same quality and speed, every picture, no detection drawn. */
function startMotion(url: string, size: string, folder: string): RunningProgram {
  const [width, height] = size.split("x");
  const file = path.join(folder, "motion.conf");
  writeFileSync(
    file,
    [
      "daemon off",
      `netcam_url ${url}`,
      `width ${width}`,
      `height ${height}`,
      `framerate ${options.fps}`,
      `target_dir ${folder}`,
      "emulate_motion on",
      "movie_output on",
      "movie_codec mp4",
      "movie_quality 55",
      "picture_output off",
      "webcontrol_port 0",
      "stream_port 0",
      "log_level 5",
    ].join("\n"),
  );
  return run("motion", ["-n", "-c", file]);
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const withMotion = await hasMotion();
if (!withMotion) console.log("motion is not installed: only Tapedeck is measured");
const server = await startTestServer({ OUTBOUND_NETWORKS: "127.0.0.1" });
const worker = run(process.execPath, ["--import", "tsx", "worker/index.ts"], {
  env: { ...process.env, ...server.services.environment, LOG_LEVEL: "info" },
});
try {
  await worker.waitFor(/"worker ready"/, 120_000);
  console.log("| size | Tapedeck, cores | motion, cores | ratio | file against the clock, ms |\n|---|---|---|---|---|");
  for (const size of options.sizes.split(",")) {
    const source = await startMjpegSource();
    const stopPlaying = source.play(await makeJpegs(60, size), () => 1000 / Number(options.fps));
    const ours: number[] = [];
    const theirs: number[] = [];
    const offMs: number[] = [];
    for (let round = 0; round < Number(options.rounds); round += 1) {
      const { body } = await server.ask("POST", "/api/v1/mjpeg-captures", { stream_url: source.url });
      ours.push(await coresOf(worker.child.pid as number));
      await server.ask("POST", `/podsinspace/recording/stop/${body.alias}`);
      offMs.push(await lengthAgainstClock(body.id));
      if (!withMotion) continue;
      const folder = mkdtempSync(path.join(tmpdir(), "tapedeck-bench-motion-"));
      const motion = startMotion(source.url, size, folder);
      theirs.push(await coresOf(motion.child.pid as number));
      await motion.stop();
      rmSync(folder, { recursive: true, force: true });
    }
    stopPlaying();
    await source.close();
    const ratio = withMotion ? (median(ours) / median(theirs)).toFixed(2) : "";
    const cells = [size, median(ours).toFixed(3), withMotion ? median(theirs).toFixed(3) : "", ratio, offMs.join(", ")];
    console.log(`| ${cells.join(" | ")} |`);
  }
} finally {
  await worker.stop();
  await server.stop();
}
// The server of the source keeps connections.
process.exit(0);

async function lengthAgainstClock(id: string): Promise<number> {
  const { database } = server.services;
  const { stopRequestedAt, recordingId } = await database.streamCapture.findUniqueOrThrow({ where: { id } });
  const { startedAtMs } = await database.track.findFirstOrThrow({ where: { recordingId: recordingId as string } });
  for (let look = 0; look < 100; look += 1) {
    const { durationMs } = await database.recording.findUniqueOrThrow({ where: { id: recordingId as string } });
    if (durationMs !== null) return durationMs - ((stopRequestedAt as Date).getTime() - Number(startedAtMs));
    await pause(200);
  }
  return Number.NaN;
}
