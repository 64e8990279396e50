/**
 * `npm run bench:rtmp`: publishers at 4 Mb/s to Tapedeck and to nginx with its rtmp module, which records the same; and how
 * long after the end of a real stream its MP4 is there. nginx comes from Debian: `apt-get install libnginx-mod-rtmp`.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { HEAD_BYTES, PREVIOUS_SIZE_BYTES, TAG_HEADER_BYTES } from "@/lib/media/flv/flv-file";
import { cpuSeconds } from "@/tests/bench/process-cpu";
import { makeStream, newStreamKey, publish } from "@/tests/support/encoder";
import { freePort, type RunningProgram, run } from "@/tests/support/processes";
import type { TestServer } from "@/tests/support/server";
import { startTestServer } from "@/tests/support/server";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { startWorker } from "@/worker/worker";

const COUNTS = (process.argv[2] ?? "1,10,50").split(",").map(Number);
const SECONDS = Number(process.argv[3] ?? 10);
const BITRATE_BPS = 4_000_000;
const STREAM_SECONDS = 60;
const NGINX = "/usr/sbin/nginx";
const NGINX_MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

interface Subject {
  name: string;
  port: number;
  pid: number;
  keys(count: number): Promise<string[]>;
  /** Bytes of all files that were recorded since the last call. */
  recordedBytes(): Promise<number>;
  headBytes: number;
  stop(): Promise<void>;
}

function memoryBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith(".flv")).map((name) => path.join(folder, name));
}

/** What is recorded in a folder, without what was there before. */
function countingBytes(folder: string): () => Promise<number> {
  const seen = new Set<string>();
  return async () => {
    const fresh = (await filesUnder(folder)).filter((file) => !seen.has(file));
    for (const file of fresh) seen.add(file);
    return fresh.reduce((sum, file) => sum + statSync(file).size, 0);
  };
}

async function startTapedeck(): Promise<Subject> {
  const services: TestServices = await openTestServices({ RTMP_LISTEN: "127.0.0.1:0", PORT: "0" });
  const { userId } = await addUser(services);
  await services.database.user.update({ where: { id: userId }, data: { autoCompile: false } });
  const program = run(process.execPath, ["--import", "tsx", "tests/integration/rtmp/server-process.ts"], {
    env: { PATH: process.env.PATH, NODE_ENV: "production", UV_THREADPOOL_SIZE: "16", ...services.environment },
  });
  const port = Number(/port (\d+)/.exec(await program.waitFor(/port \d+/, 60_000))?.[1]);
  const server = { rtmp: { port } } as TestServer["server"];
  return {
    ...{ name: "Tapedeck", port, pid: program.child.pid as number, headBytes: HEAD_BYTES },
    keys: async (count) => {
      const made = Array.from({ length: count }, () => newStreamKey({ services, userId, server }));
      return (await Promise.all(made)).map(({ key }) => key);
    },
    recordedBytes: countingBytes(services.config.RECORDINGS_DIR),
    async stop() {
      await program.stop();
      await services.dispose();
    },
  };
}

async function startNginx(): Promise<Subject | null> {
  if (!existsSync(NGINX) || !existsSync(NGINX_MODULE)) return null;
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-nginx-"));
  const recordings = path.join(folder, "recordings");
  await mkdir(recordings, { mode: 0o777 });
  const port = await freePort();
  const config = path.join(folder, "nginx.conf");
  await writeFile(
    config,
    `load_module ${NGINX_MODULE}; daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
rtmp { server { listen 127.0.0.1:${port}; chunk_size 65536; max_message 8M;
  application live { live on; record all; record_path ${recordings}; record_unique on; } } }
`,
  );
  const program: RunningProgram = run(NGINX, ["-c", config, "-p", folder]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return {
    ...{ name: "nginx-rtmp", port, pid: program.child.pid as number, headBytes: 13 },
    keys: async (count) => Array.from({ length: count }, (_, index) => `key-${Date.now()}-${index}`),
    recordedBytes: countingBytes(recordings),
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function measure(subject: Subject, count: number): Promise<{ cores: number; megabytes: number; lost: number }> {
  const keys = await subject.keys(count);
  const memoryBefore = memoryBytes(subject.pid);
  const args = [String(subject.port), String(SECONDS), String(BITRATE_BPS), ...keys];
  const sender = run(process.execPath, ["--import", "tsx", "tests/bench/rtmp-sender.ts", ...args]);
  await sender.waitFor(/publishing/, 60_000);
  const [cpuBefore, startedAtMs] = [cpuSeconds(subject.pid), performance.now()];
  const [, frames, frameBytes, configBytes] = /sent (\d+) (\d+) (\d+)/.exec(
    await sender.waitFor(/sent .*\n/, 180_000),
  ) as RegExpExecArray;
  const cores = (cpuSeconds(subject.pid) - cpuBefore) / ((performance.now() - startedAtMs) / 1000);
  const megabytes = (memoryBytes(subject.pid) - memoryBefore) / count / 1e6;
  await sender.waitFor(/done/, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const around = TAG_HEADER_BYTES + PREVIOUS_SIZE_BYTES;
  const tags = Number(frames) * (Number(frameBytes) + around) + Number(configBytes) + around;
  const recorded = await subject.recordedBytes();
  const lost = Math.max(0, count * (subject.headBytes + tags) - recorded);
  return { cores, megabytes, lost };
}

async function measureReady(): Promise<{ readyMs: number; megabytes: number }[]> {
  const server = await startTestServer({ RTMP_LISTEN: "127.0.0.1:0" });
  const worker = await startWorker(server.services);
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-bench-"));
  const made = await makeStream(folder, { seconds: STREAM_SECONDS, size: "1280x720" });
  const results: { readyMs: number; megabytes: number }[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { id, url } = await newStreamKey(server, { name: `Round ${round}` });
    await publish(made, url);
    const leftAtMs = performance.now();
    for (;;) {
      const row = await server.services.database.recording.findFirst({ where: { streamKeyId: id } });
      if (row?.state === "ready") break;
      if (row?.state === "failed") throw new Error(`${row.failureCode}: ${row.failureMessage}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    results.push({ readyMs: performance.now() - leftAtMs, megabytes: statSync(made).size / 1e6 });
  }
  await worker.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  return results;
}

const subjects = [await startTapedeck(), await startNginx()].filter((each) => each !== null);
if (subjects.length === 1) console.log("nginx with its rtmp module is not there: Tapedeck alone is measured");
console.log(
  "| publishers | server | cores | cores a publisher | MB a publisher | bytes lost |\n|---|---|---|---|---|---|",
);
for (const count of COUNTS) {
  const cores: number[] = [];
  for (const subject of subjects) {
    const found = await measure(subject, count);
    cores.push(found.cores);
    const cells = [
      count,
      subject.name,
      found.cores.toFixed(3),
      (found.cores / count).toFixed(4),
      found.megabytes.toFixed(1),
      found.lost,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  if (cores.length === 2) console.log(`ratio at ${count}: ${((cores[0] as number) / (cores[1] as number)).toFixed(2)}`);
}
for (const subject of subjects) await subject.stop();
for (const { readyMs, megabytes } of await measureReady()) {
  console.log(
    `${STREAM_SECONDS} s of 720p (${megabytes.toFixed(0)} MB): MP4 ready ${(readyMs / 1000).toFixed(2)} s after the encoder left`,
  );
}
process.exit(0);
