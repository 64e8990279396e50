/**
 * `npm run bench:transcoded-cameras`: what a camera costs whose picture becomes H.264: motion JPEG of GStreamer's RTSP server at
 * 25 a second, in several sizes. Prints cores of the recorder with the FFmpeg that it has for the camera.
 *
 * Options: `--sizes 640x360,1280x720,1920x1080`, `--seconds 20`.
 */
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuSeconds } from "@/tests/bench/process-cpu";
import { startCameraServer } from "@/tests/support/camera-server";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "640x360,1280x720,1920x1080" },
    seconds: { type: "string", default: "20" },
  },
});
const seconds = Number(values.seconds);
/** The connection is made, and FFmpeg has begun. */
const WARM_UP_MS = 6000;

async function measure(size: string): Promise<{ all: number; ffmpeg: number }> {
  const server = await startCameraServer({ camera: { video: "jpeg", seconds: seconds + 30, size } });
  const folder = mkdtempSync(path.join(tmpdir(), "tapedeck-bench-transcoded-"));
  const child = fork("tests/bench/camera-recorder.ts", [folder, "10"], { execArgv: ["--import", "tsx"] });
  try {
    await once(child, "message");
    child.send({ start: 1, url: `rtsp://127.0.0.1:${server.port}/camera` });
    await once(child, "message");
    await wait(WARM_UP_MS);
    const recorder = child.pid as number;
    const children = execFileSync("pgrep", ["-P", String(recorder)], { encoding: "utf8" });
    const ffmpeg = Number(children.split("\n")[0]);
    const before = [cpuSeconds(recorder), cpuSeconds(ffmpeg)] as const;
    const beganMs = performance.now();
    await wait(seconds * 1000);
    const passed = (performance.now() - beganMs) / 1000;
    return {
      // Of a process and all below it.
      all: (cpuSeconds(recorder) - before[0]) / passed,
      ffmpeg: (cpuSeconds(ffmpeg) - before[1]) / passed,
    };
  } finally {
    child.kill("SIGKILL");
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log("| motion JPEG, 25 a second | cores, in all | of them FFmpeg |\n|---|---:|---:|");
for (const size of (values.sizes ?? "").split(",")) {
  const { all, ffmpeg } = await measure(size);
  console.log(`| ${size} | ${all.toFixed(3)} | ${ffmpeg.toFixed(3)} |`);
}
process.exit();
