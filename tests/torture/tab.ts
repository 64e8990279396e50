/**
 * Kills the renderer of a recording page at random instants, opens the page again, and checks what arrived.
 *
 *   npm run torture:tab [-- --kills 50] [--seed 1]
 *
 * Each round: record, with the server there or (every third round) gone; kill; open the library; let what was stored be
 * sent; finish, or go on with the next take for a moment. What the recorder handed over is kept outside of the page.
 * Prints a row for each kill and the verdict in one line; the exit code is 1 when something was lost.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { RecordingResource } from "@/lib/protocol/recordings";
import { ADMIN } from "@/tests/support/admin";
import { CHROMIUM_FLAGS, chromiumPath } from "@/tests/support/chromium";
import { ChunkKeeper } from "@/tests/support/chunk-keeper";
import { type Product, startProduct } from "@/tests/support/product";
import { RecordingPage, signIn } from "@/tests/support/recording-page";

/** A chunk is handed over every 250 ms (lib/client/record/track-recorder); one may be lost. */
const TIMESLICE_MS = 250;
/** From opening the page until what is left is being sent. */
const RESUME_WITHIN_MS = 5000;
const STUCK_AFTER_MS = 60_000;

const { values } = parseArgs({ options: { kills: { type: "string" }, seed: { type: "string" } } });
const kills = Number(values.kills ?? 50);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

/** mulberry32: the same numbers for the same seed. */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Row {
  recordedMs: number;
  isServerAway: boolean;
  goesOn: boolean;
  /** The most that is missing of a track at the end of its killed take. */
  lostMs: number;
  resumedMs: number;
  lostAckedBytes: number;
  duplicatedBytes: number;
  isStuck: boolean;
}

/** Bytes that the server had acknowledged to a page, by take and kind. */
function watchAcks(page: Page): Map<string, number> {
  const acked = new Map<string, number>();
  page.on("websocket", (socket) => {
    const { pathname, searchParams } = new URL(socket.url());
    const name = `${searchParams.get("take")}-${pathname.split("/").at(-1)}`;
    socket.on("framereceived", ({ payload }) => {
      const message = typeof payload === "string" ? JSON.parse(payload) : {};
      if (message.type === "ack" || message.type === "ready") acked.set(name, message.offset);
    });
  });
  return acked;
}

async function kill(page: Page): Promise<void> {
  const crashed = page.waitForEvent("crash");
  const session = await page.context().newCDPSession(page);
  void session.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

async function until(isTrue: () => Promise<boolean>): Promise<boolean> {
  const endsAtMs = Date.now() + STUCK_AFTER_MS;
  while (Date.now() < endsAtMs) {
    if (await isTrue().catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function oneRound(
  { product, context }: { product: Product; context: BrowserContext },
  plan: Pick<Row, "recordedMs" | "isServerAway" | "goesOn">,
): Promise<Row> {
  const page = await context.newPage();
  const kept = await ChunkKeeper.attach(page);
  const acked = watchAcks(page);
  await new RecordingPage(page).begin(product.url);
  const { id } = await new RecordingPage(page).newest(product.url);
  const awayMs = plan.isServerAway ? plan.recordedMs / 2 : 0;
  await new Promise((resolve) => setTimeout(resolve, plan.recordedMs - awayMs));
  if (plan.isServerAway) await product.server.stop("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, awayMs));
  const killedAtMs = Date.now();
  await kill(page);
  if (plan.isServerAway) await product.startServer();

  const next = await context.newPage();
  let resumedAtMs = 0;
  next.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (resumedAtMs === 0 && typeof payload === "string" && payload.includes('"ready"')) resumedAtMs = Date.now();
    }),
  );
  const openedAtMs = Date.now();
  await next.goto(`${product.url}/`);
  if (plan.goesOn) {
    await next.getByRole("button", { name: "Go on recording" }).click();
    const again = new RecordingPage(next);
    await again.startNow();
    await again.recorded(1);
    await again.stop.click();
  } else await next.getByRole("button", { name: "Finish it" }).click();
  const get = async () =>
    (await (await context.request.get(`${product.url}/api/v1/recordings/${id}`)).json()) as RecordingResource;
  const isOver = await until(async () => {
    const { tracks, takes, state } = await get();
    const isFinished = tracks.every(({ finishedAt }) => finishedAt !== null);
    return state !== "recording" && isFinished && takes.length === (plan.goesOn ? 2 : 1);
  });
  const recording = await get();
  const row: Row = {
    ...plan,
    lostMs: 0,
    resumedMs: resumedAtMs - openedAtMs,
    lostAckedBytes: 0,
    duplicatedBytes: 0,
    isStuck: !isOver,
  };
  for (const kind of ["video", "audio"] as const) {
    const file = await fileOf(product, recording, kind);
    const chunks = kept.chunks(kind, 0).filter(({ atMs }) => atMs <= killedAtMs);
    const handedOver = kept.bytes(kind, 0);
    row.lostAckedBytes += Math.max(0, (acked.get(`1-${kind}`) ?? 0) - file.length);
    const common = Math.min(file.length, handedOver.length);
    // A byte that is not the recorder's at its place was repeated, left out or invented.
    for (let at = 0; at < common; at += 1) if (file[at] !== handedOver[at]) row.duplicatedBytes += 1;
    let end = 0;
    const firstLost = chunks.find(({ bytes }) => (end += bytes.length) > file.length);
    const lastMs = chunks.at(-1)?.atMs ?? 0;
    // From the chunk before the first one that is missing until the last one.
    if (firstLost !== undefined) row.lostMs = Math.max(row.lostMs, lastMs - firstLost.atMs + TIMESLICE_MS);
  }
  await next.close();
  return row;
}

async function fileOf(product: Product, { id, tracks }: RecordingResource, kind: TrackKind): Promise<Buffer> {
  const track = tracks.find((each) => each.take === 1 && each.kind === kind);
  if (track === undefined) return Buffer.alloc(0);
  return readFile(path.join(product.folder, "recordings", id, track.filename));
}

console.log(`seed ${seed}, ${kills} kills`);
const random = randomOf(seed);
const product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS });
const rows: Row[] = [];
try {
  const context = await browser.newContext({ permissions: ["camera", "microphone"] });
  const first = await context.newPage();
  await signIn(first, product.url);
  await first.close();
  console.log("kill  recorded  server  then      lost ms  resumed ms  lost acked  wrong bytes  stuck");
  for (let number = 1; number <= kills; number += 1) {
    const plan = {
      recordedMs: Math.round(200 + random() * 5800),
      isServerAway: number % 3 === 0,
      goesOn: number % 2 === 0,
    };
    const row = await oneRound({ product, context }, plan);
    rows.push(row);
    const cells = [
      String(number).padStart(4),
      `${(row.recordedMs / 1000).toFixed(1)} s`.padStart(9),
      (row.isServerAway ? "away" : "there").padEnd(6),
      (row.goesOn ? "go on" : "finish").padEnd(8),
      String(row.lostMs).padStart(8),
      String(row.resumedMs).padStart(11),
      String(row.lostAckedBytes).padStart(11),
      String(row.duplicatedBytes).padStart(12),
      row.isStuck ? "stuck" : "",
    ];
    console.log(cells.join("  "));
  }
} finally {
  await browser.close();
  await product.stop();
}

const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
const most = (of: (row: Row) => number) => Math.max(0, ...rows.map(of));
const lostMs = most((row) => row.lostMs);
const resumedMs = most((row) => row.resumedMs);
const [lost, wrong, stuck] = [
  sum((row) => row.lostAckedBytes),
  sum((row) => row.duplicatedBytes),
  sum((row) => Number(row.isStuck)),
];
console.log(`at most ${lostMs} ms handed over and lost, resumed within ${resumedMs} ms of opening`);
console.log(`lost ${lost} acknowledged bytes, ${wrong} duplicated, ${stuck} recordings stuck`);
const isGood = lost + wrong + stuck === 0 && lostMs <= TIMESLICE_MS && resumedMs <= RESUME_WITHIN_MS;
process.exit(isGood && rows.length === kills ? 0 : 1);
