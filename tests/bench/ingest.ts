/**
 * `npm run bench:ingest`: how much the server takes in, beside a bare `ws` server that appends the same bytes without
 * syncing, in one run. Real capture bytes, two sockets a recording, sent as fast as possible and in real time.
 *
 * Options: `--rounds 3`, `--fast 8` (recordings), `--megabytes 150` (each), `--live 100,300,500`, `--seconds 20`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import WebSocket from "ws";
import { testEnvironment } from "@/tests/support/environment";
import { startRedis } from "@/tests/support/redis";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    fast: { type: "string", default: "8" },
    megabytes: { type: "string", default: "150" },
    live: { type: "string", default: "100,300,500" },
    seconds: { type: "string", default: "20" },
  },
});

/** Chunks as the browser hands them over at a timeslice of 250 ms, of 2.5 Mb/s in all. */
const CAPTURE = readFileSync("tests/fixtures/captures/c20_h264_250/video.mkv");
const VIDEO_CHUNK_BYTES = 74_000;
const AUDIO_CHUNK_BYTES = 4_125;
const TIMESLICE_MS = 250;
/** Messages that may be on their way when sending as fast as possible. */
const WINDOW_BYTES = 4 * 1024 ** 2;

interface Server {
  name: "bare" | "bare+sync" | "tapedeck";
  child: ChildProcess;
  url: string;
  token: string;
  folder: string;
}

interface Usage {
  cpuSeconds: number;
  rssBytes: number;
}

async function start(name: Server["name"], redisUrl: string): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), `tapedeck-bench-${name}-`));
  const child =
    name !== "tapedeck"
      ? fork("tests/bench/bare-server.mjs", [folder, name === "bare" ? "" : "sync"])
      : fork("tests/bench/tapedeck-server.ts", [], {
          execArgv: ["--import", "tsx"],
          env: {
            ...testEnvironment(),
            UV_THREADPOOL_SIZE: "16",
            PORT: "0",
            DATA_DIR: path.join(folder, "data"),
            RECORDINGS_DIR: path.join(folder, "recordings"),
            REDIS_URL: redisUrl,
            LOG_LEVEL: "warn",
            RESERVE_BYTES: "0",
            MAX_SOCKETS_PER_USER: "100000",
            MAX_MESSAGES_PER_SECOND: "1000000",
          },
        });
  const [ready] = await once(child, "message");
  return { name, child, url: ready.url, token: ready.token ?? "", folder };
}

async function stop({ child, folder }: Server): Promise<void> {
  child.disconnect();
  await once(child, "exit");
  rmSync(folder, { recursive: true, force: true });
}

async function usage({ child }: Server): Promise<Usage> {
  child.send("usage");
  const [{ cpu, rss }] = await once(child, "message");
  return { cpuSeconds: (cpu.user + cpu.system) / 1e6, rssBytes: rss };
}

/** One socket of either server; knows how far it is acknowledged. */
class Track {
  readonly socket: WebSocket;
  sentBytes = 0;
  ackedBytes = 0;
  readonly latenciesMs: number[] = [];
  readonly #sentAt: { offset: number; atMs: number }[] = [];
  #wake = () => {};

  constructor(server: Server, pathname: string) {
    this.socket = new WebSocket(`${server.url.replace("http", "ws")}${pathname}`, {
      headers: { authorization: `Bearer ${server.token}` },
      perMessageDeflate: false,
    });
    this.socket.on("message", (data) => {
      const text = data.toString();
      if (text === "done") this.ackedBytes = this.sentBytes;
      else {
        const message = JSON.parse(text);
        if (message.type === "error") throw new Error(text);
        if (message.type === "ack") this.#acknowledge(message.offset);
      }
      this.#wake();
    });
  }

  async ready(server: Server): Promise<void> {
    if (server.name !== "tapedeck") {
      await once(this.socket, "open");
      return;
    }
    await once(this.socket, "message");
    this.socket.send(JSON.stringify({ type: "start", mimeType: "video/webm", startedAtMs: Date.now() }));
  }

  send(bytes: number): void {
    const at = (this.sentBytes * 7) % (CAPTURE.length - bytes);
    this.socket.send(CAPTURE.subarray(at, at + bytes));
    this.sentBytes += bytes;
    this.#sentAt.push({ offset: this.sentBytes, atMs: performance.now() });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #acknowledge(offset: number): void {
    this.ackedBytes = offset;
    while (this.#sentAt[0] !== undefined && this.#sentAt[0].offset <= offset) {
      this.latenciesMs.push(performance.now() - (this.#sentAt.shift()?.atMs ?? 0));
    }
  }
}

let nameCount = 0;
async function openRecording(server: Server): Promise<{ video: Track; audio: Track }> {
  let id = `bare-${nameCount++}`;
  if (server.name === "tapedeck") {
    const response = await fetch(`${server.url}/api/v1/recordings`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      body: JSON.stringify({ tracks: ["video", "audio"] }),
    });
    id = (await response.json()).id;
  }
  const video = new Track(server, `/ws/video?session=${id}`);
  const audio = new Track(server, `/ws/audio?session=${id}`);
  await Promise.all([video.ready(server), audio.ready(server)]);
  return { video, audio };
}

/** Sends without pause; a track is through when its last byte is acknowledged (or, bare, handed to the kernel). */
async function fast(server: Server, recordings: number, megabytes: number) {
  const open = await Promise.all(Array.from({ length: recordings }, () => openRecording(server)));
  const before = await usage(server);
  const startedAt = performance.now();
  const total = megabytes * 1024 ** 2;
  await Promise.all(
    open.map(async ({ video, audio }) => {
      while (video.sentBytes < total) {
        video.send(VIDEO_CHUNK_BYTES);
        audio.send(AUDIO_CHUNK_BYTES);
        while (video.socket.bufferedAmount > WINDOW_BYTES) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await Promise.all(
        [video, audio].map(async (track) => {
          if (server.name !== "tapedeck") track.socket.send("end");
          await track.until(() => track.ackedBytes === track.sentBytes);
        }),
      );
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await usage(server);
  const bytes = open.reduce((sum, { video, audio }) => sum + video.sentBytes + audio.sentBytes, 0);
  for (const { video, audio } of open) for (const { socket } of [video, audio]) socket.close();
  return { bytesPerSecond: bytes / seconds, cpuPerGb: (after.cpuSeconds - before.cpuSeconds) / (bytes / 1e9) };
}

/** Sends at the pace of recordings that run, their chunks spread evenly over the timeslice. */
async function live(server: Server, recordings: number, seconds: number) {
  const idle = await usage(server);
  const open: { video: Track; audio: Track }[] = [];
  // Not all at the same instant: users do not come so, and set-up is not what is measured.
  for (let i = 0; i < recordings; i += 10) {
    const some = Math.min(10, recordings - i);
    open.push(...(await Promise.all(Array.from({ length: some }, () => openRecording(server)))));
  }
  const startedAt = performance.now();
  const before = await usage(server);
  let slice = 0;
  const slices = (seconds * 1000) / TIMESLICE_MS;
  await new Promise<void>((resolve) => {
    let next = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / TIMESLICE_MS) * recordings);
      while (slice * recordings + next < due) {
        const { video, audio } = open[next] as { video: Track; audio: Track };
        video.send(VIDEO_CHUNK_BYTES);
        audio.send(AUDIO_CHUNK_BYTES);
        next += 1;
        if (next === recordings) {
          next = 0;
          slice += 1;
        }
      }
      if (slice >= slices) {
        clearInterval(timer);
        resolve();
      }
    }, 5);
  });
  const after = await usage(server);
  const tracks = open.flatMap(({ video, audio }) => [video, audio]);
  if (server.name === "tapedeck") {
    await Promise.all(tracks.map((track) => track.until(() => track.ackedBytes === track.sentBytes)));
  }
  const latencies = tracks.flatMap((track) => track.latenciesMs).sort((a, b) => a - b);
  for (const { socket } of tracks) socket.close();
  return {
    cores: (after.cpuSeconds - before.cpuSeconds) / seconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)],
    p99Ms: latencies[Math.floor(latencies.length * 0.99)],
    kbPerRecording: (after.rssBytes - idle.rssBytes) / 1024 / recordings,
  };
}

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

const redis = await startRedis();
try {
  const ratios = { bare: [] as number[], synced: [] as number[] };
  console.log("As fast as possible, until the last byte is acknowledged");
  console.log("(bare: handed to the kernel; bare+sync: each file synced once, at its end)\n");
  console.log("round  server     MB/s   CPU s/GB");
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    const rates: Record<string, number> = {};
    // Which goes first changes, so that neither always meets a warm machine.
    const names = ["bare", "bare+sync", "tapedeck"] as const;
    for (const name of round % 2 === 1 ? names : names.toReversed()) {
      const server = await start(name, redis.url);
      const { bytesPerSecond, cpuPerGb } = await fast(server, Number(options.fast), Number(options.megabytes));
      rates[name] = bytesPerSecond;
      console.log(
        `${String(round).padEnd(6)} ${name.padEnd(10)} ${(bytesPerSecond / 1e6).toFixed(0).padStart(4)}   ${cpuPerGb.toFixed(2)}`,
      );
      await stop(server);
    }
    ratios.bare.push((rates.tapedeck as number) / (rates.bare as number));
    ratios.synced.push((rates.tapedeck as number) / (rates["bare+sync"] as number));
  }
  const line = (values: number[]) =>
    `median ${median(values).toFixed(2)} (${values.map((r) => r.toFixed(2)).join(", ")})`;
  console.log(`\nratio tapedeck / bare:      ${line(ratios.bare)}`);
  console.log(`ratio tapedeck / bare+sync: ${line(ratios.synced)}\n`);

  console.log(`Live recordings of 2.5 Mb/s, ${options.seconds} s each\n`);
  console.log("recordings  server    cores   ack p50   ack p99   KB/recording");
  for (const count of (options.live as string).split(",").filter(Boolean).map(Number)) {
    for (const name of ["bare", "tapedeck"] as const) {
      const server = await start(name, redis.url);
      const { cores, p50Ms, p99Ms, kbPerRecording } = await live(server, count, Number(options.seconds));
      const ms = (value: number | undefined) => (value === undefined ? "-" : `${value.toFixed(0)} ms`).padStart(7);
      console.log(
        `${String(count).padEnd(11)} ${name.padEnd(9)} ${cores.toFixed(2)}   ${ms(p50Ms)}   ${ms(p99Ms)}   ${kbPerRecording.toFixed(0).padStart(6)}`,
      );
      await stop(server);
    }
  }
} finally {
  await redis.stop();
}
