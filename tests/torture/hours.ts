/**
 * `npm run torture:hours`: eight hours of recording, in as little time as the product needs for them: its page in Chromium
 * with spool (OPFS), uploader and digest as they are, every chunk, clock and acknowledgement there would be, against its
 * server. Samples how much memory page and server have, and says how much it grows in an hour. See docs/torture.md.
 *
 * Options: `--hours 8`, `--ahead 64` (chunks of a track that may be unacknowledged), `--max-minutes 30`.
 * The product must be built (`npm run build`).
 */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Browser, type CDPSession, chromium } from "@playwright/test";
import { TRACK_KINDS } from "@/lib/domain/recording-state";
import { ADMIN } from "@/tests/support/admin";
import { CHROMIUM_FLAGS, chromiumPath } from "@/tests/support/chromium";
import { startProduct } from "@/tests/support/product";
import { RecordingPage, signIn } from "@/tests/support/recording-page";
import {
  CHUNK_MS,
  expectedPieces,
  type FastFacts,
  installFastRecorder,
  recordUpTo,
} from "@/tests/torture/support/fast-recorder";
import { leastSquaresSlope } from "@/tests/torture/support/memory-watch";
import { count, megabytes, report, Tally } from "@/tests/torture/support/tally";

const CHUNKS_AN_HOUR = 3_600_000 / CHUNK_MS;
const SAMPLES_AN_HOUR = 4;
/** Until then caches fill and code is compiled. */
const WARM_UP_SHARE = 0.25;
/** What counts as near zero: a chunk that were kept would be 70 MB an hour in the page, a number for each 0.1 MB. */
const MOST_GROWTH_BYTES = { page: 100_000, server: 3_000_000 };

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "8" },
    ahead: { type: "string", default: "64" },
    "max-minutes": { type: "string", default: "30" },
  },
});
const wantedChunks = Number(values.hours) * CHUNKS_AN_HOUR;
const startedAt = performance.now();
const deadline = startedAt + count("max-minutes", values["max-minutes"]) * 60_000;
const tally = new Tally();

interface Sample {
  hours: number;
  pageBytes: number;
  rendererBytes: number;
  serverBytes: number;
}

/** What the page's own objects and buffers come to, after everything that can be freed was. */
async function pageBytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const usage = (await session.send("Runtime.getHeapUsage")) as Record<string, number>;
  return (usage.usedSize ?? 0) + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
}

/** Linux only. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** The renderer with the most memory is the page's. */
async function rendererBytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = (await session.send("SystemInfo.getProcessInfo")) as {
    processInfo: { type: string; id: number }[];
  };
  await session.detach();
  return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => residentBytes(id)));
}

const product = await startProduct({
  ...{ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password },
  // As many acknowledgements as there would be, although time goes by faster.
  ...{ SYNC_INTERVAL_MS: "1", MAX_MESSAGES_PER_SECOND: "1000000" },
});
// What is recorded is nothing to compile.
await product.worker.stop();
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS });
const samples: Sample[] = [];
let facts: FastFacts = { chunks: 0, acknowledgements: 0 };
let recordedBytes = 0;
try {
  const context = await browser.newContext({ permissions: ["camera", "microphone"] });
  const page = await context.newPage();
  await signIn(page, product.url);
  await installFastRecorder(page, count("ahead", values.ahead));
  const recorder = new RecordingPage(page);
  await recorder.begin(product.url);
  const session = await context.newCDPSession(page);
  await session.send("HeapProfiler.enable");
  const { id } = await recorder.newest(product.url);

  console.log("hours  page MB  renderer MB  server MB   seconds");
  for (let number = 1; facts.chunks < wantedChunks && performance.now() < deadline; number += 1) {
    facts = await recordUpTo(page, Math.min(wantedChunks, Math.round((number * CHUNKS_AN_HOUR) / SAMPLES_AN_HOUR)));
    const sample: Sample = {
      hours: facts.chunks / CHUNKS_AN_HOUR,
      pageBytes: await pageBytes(session),
      rendererBytes: await rendererBytes(browser),
      serverBytes: residentBytes(product.server.child.pid as number),
    };
    samples.push(sample);
    const cells = [sample.pageBytes, sample.rendererBytes, sample.serverBytes].map((bytes) => (bytes / 1e6).toFixed(1));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(
      [sample.hours.toFixed(2).padStart(5), ...cells.map((cell) => cell.padStart(8)), seconds.padStart(6)].join("  "),
    );
  }
  await recorder.stop.click();
  await recorder.isSafe().catch(() => tally.stuck(`${id}: the page does not say that everything is safe`));
  const { state, tracks } = await recorder.newest(product.url);
  if (state !== "stopped") tally.stuck(`${id} is "${state}"`);
  for (const kind of TRACK_KINDS) {
    const track = tracks.find((each) => each.kind === kind);
    const file = path.join(product.folder, "recordings", id, track?.filename ?? "");
    const sent = createHash("sha256");
    let sentBytes = 0;
    for (const piece of expectedPieces(kind, facts.chunks)) {
      sent.update(piece);
      sentBytes += piece.length;
    }
    const { size } = await stat(file);
    const stored = createHash("sha256");
    for await (const bytes of createReadStream(file)) stored.update(bytes);
    tally.lost(sentBytes - size, `${kind}: ${size} of ${sentBytes} bytes are there`);
    tally.duplicated(size - sentBytes, `${kind}: ${size} bytes are there, ${sentBytes} were recorded`);
    if (size === sentBytes && stored.digest("hex") !== sent.digest("hex")) tally.lost(1, `${kind}: other bytes`);
    if (track?.finishedAt == null) tally.stuck(`${kind} is not finished`);
    recordedBytes += sentBytes;
  }
} finally {
  await browser.close();
  await product.stop();
}

const lastHours = samples.at(-1)?.hours ?? 0;
const warm = samples.filter(({ hours }) => hours > lastHours * WARM_UP_SHARE);
const slope = (of: (sample: Sample) => number) => leastSquaresSlope(warm.map((each) => [each.hours, of(each)]));
const growth = {
  page: slope((sample) => sample.pageBytes),
  renderer: slope((sample) => sample.rendererBytes),
  server: slope((sample) => sample.serverBytes),
};
const perHour = (bytes: number) => `${(bytes / 1e6).toFixed(3)} MB an hour`;
const isFlat = growth.page <= MOST_GROWTH_BYTES.page && growth.server <= MOST_GROWTH_BYTES.server;
report(
  "Hours of recording",
  {
    "hours recorded": lastHours,
    "chunks, each with its clock": 2 * facts.chunks,
    acknowledgements: facts.acknowledgements,
    "bytes compared": megabytes(recordedBytes),
    "page, objects and buffers, at the end": megabytes(samples.at(-1)?.pageBytes ?? 0),
    "page grows by": perHour(growth.page),
    "its process grows by": perHour(growth.renderer),
    "server, resident, at the end": megabytes(samples.at(-1)?.serverBytes ?? 0),
    "server grows by": perHour(growth.server),
    "memory is flat": isFlat ? "yes" : "no",
    "time taken": `${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  },
  tally,
);
process.exit(tally.isClean && isFlat && facts.chunks >= wantedChunks ? 0 : 1);
