/**
 * `npm run bench:cameras`: what a camera costs, beside one `ffmpeg -c copy -f segment` for each, in one run. The cameras send
 * a prepared 1080p stream of 4 Mb/s, all their key frames at the same instant. Prints CPU (cores), memory (PSS) and what is
 * missing of what was sent.
 *
 * Options: `--cameras 10,50`, `--seconds 20`, `--rounds 1`, `--ffmpeg-up-to 50`, `--soak 0` (seconds, with the slope of memory).
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    cameras: { type: "string", default: "10,50" },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "1" },
    "ffmpeg-up-to": { type: "string", default: "50" },
    soak: { type: "string", default: "0" },
  },
});

/** Connections are made, key frames waited for. */
const WARM_UP_MS = 6000;
const SEGMENT_SECONDS = 20;

interface Sample {
  cpuSeconds: number;
  pssBytes: number;
}

interface Result {
  cores: number;
  megabytes: number;
  lost: string;
}

/** CPU and memory of processes, from the kernel. */
function sample(pids: readonly number[]): Sample {
  let cpuTicks = 0;
  let pssKilobytes = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    cpuTicks += Number(fields[11]) + Number(fields[12]);
    pssKilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  }
  return { cpuSeconds: cpuTicks / 100, pssBytes: pssKilobytes * 1024 };
}

async function measure(pids: () => number[], seconds: number): Promise<{ cores: number; pssBytes: number }> {
  await wait(WARM_UP_MS);
  const before = sample(pids());
  const beganMs = performance.now();
  await wait(seconds * 1000);
  const after = sample(pids());
  return {
    cores: (after.cpuSeconds - before.cpuSeconds) / ((performance.now() - beganMs) / 1000),
    pssBytes: after.pssBytes,
  };
}

async function startSender(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork("tests/bench/camera-sender.ts", [], { execArgv: ["--import", "tsx"] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return { child, port };
}

async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const answer = once(child, "message");
  child.send(message);
  return (await answer)[0] as T;
}

async function benchTapedeck(port: number, count: number, seconds: number): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), "tapedeck-bench-cameras-"));
  const child = fork("tests/bench/camera-recorder.ts", [folder, String(SEGMENT_SECONDS)], {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, UV_THREADPOOL_SIZE: "16", NODE_ENV: "production" },
  });
  try {
    await once(child, "message");
    const idle = sample([child.pid as number]);
    await ask(child, { start: count, url: `rtsp://127.0.0.1:${port}/live` });
    const { cores, pssBytes } = await measure(() => [child.pid as number], seconds);
    if (Number(options.soak) > 0) await soak(child, Number(options.soak));
    const { packets, pictures, failures } = await ask<Record<string, number>>(child, { stop: true });
    return {
      cores: cores / count,
      megabytes: (pssBytes - idle.pssBytes) / count / 1024 ** 2,
      lost: `${packets} packets, ${pictures} pictures, ${failures} failures`,
    };
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How memory and open files go on, from a third of the time. */
async function soak(child: ChildProcess, seconds: number): Promise<void> {
  const points: { minutes: number; megabytes: number; files: number }[] = [];
  const beganMs = performance.now();
  while (performance.now() - beganMs < seconds * 1000) {
    await wait(5000);
    const { files, rssBytes } = await ask<{ files: number; rssBytes: number }>(child, { look: true });
    points.push({ minutes: (performance.now() - beganMs) / 60_000, megabytes: rssBytes / 1024 ** 2, files });
  }
  const late = points.slice(Math.floor(points.length / 3));
  const mean = (pick: (point: (typeof points)[number]) => number) =>
    late.reduce((sum, point) => sum + pick(point), 0) / late.length;
  const [x, y] = [mean(({ minutes }) => minutes), mean(({ megabytes }) => megabytes)];
  const slope =
    late.reduce((sum, { minutes, megabytes }) => sum + (minutes - x) * (megabytes - y), 0) /
    late.reduce((sum, { minutes }) => sum + (minutes - x) ** 2, 0);
  const files = late.map((point) => point.files);
  console.log(
    `soak of ${seconds} s: ${y.toFixed(0)} MB resident, ${slope.toFixed(2)} MB a minute; ${Math.min(...files)} to ${Math.max(...files)} open files`,
  );
}

async function benchFfmpeg(port: number, count: number, seconds: number): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), "tapedeck-bench-ffmpeg-"));
  const children = Array.from({ length: count }, (_, index) => {
    const own = path.join(folder, String(index));
    mkdirSync(own);
    return spawn(
      "ffmpeg",
      [
        ...[
          "-v",
          "error",
          "-rtsp_transport",
          "tcp",
          "-i",
          `rtsp://127.0.0.1:${port}/live`,
          "-c",
          "copy",
          "-f",
          "segment",
        ],
        ...["-segment_time", String(SEGMENT_SECONDS), "-segment_atclocktime", "1", "-reset_timestamps", "1"],
        ...["-strftime", "1", "-segment_format", "mpegts", path.join(own, "%Y-%m-%d-%H-%M-%S.ts")],
      ],
      { stdio: "ignore" },
    );
  });
  try {
    const { cores, pssBytes } = await measure(
      () => children.filter(({ exitCode }) => exitCode === null).map(({ pid }) => pid as number),
      seconds,
    );
    const ended = children.filter(({ exitCode }) => exitCode !== null).length;
    return { cores: cores / count, megabytes: pssBytes / count / 1024 ** 2, lost: `${ended} ended` };
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await wait(500);
    rmSync(folder, { recursive: true, force: true });
  }
}

const sender = await startSender();
console.log("| cameras | recorder | cores a camera | MB (PSS) a camera | lost |\n|---|---|---|---|---|");
try {
  for (const count of options.cameras.split(",").map(Number)) {
    for (let round = 0; round < Number(options.rounds); round += 1) {
      const row = (name: string, { cores, megabytes, lost }: Result) =>
        console.log(`| ${count} | ${name} | ${cores.toFixed(4)} | ${megabytes.toFixed(2)} | ${lost} |`);
      const ours = await benchTapedeck(sender.port, count, Number(options.seconds));
      row("Tapedeck", ours);
      if (count > Number(options["ffmpeg-up-to"])) continue;
      const theirs = await benchFfmpeg(sender.port, count, Number(options.seconds));
      row("ffmpeg", theirs);
      console.log(
        `| ${count} | ratio | ${(ours.cores / theirs.cores).toFixed(2)} | ${(ours.megabytes / theirs.megabytes).toFixed(2)} | |`,
      );
    }
  }
} finally {
  sender.child.kill("SIGKILL");
}
