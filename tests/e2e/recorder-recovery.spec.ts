/** Pages that crash or are closed in the middle of a recording: the next visit brings everything to the server. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { RecordingResource } from "@/lib/protocol/recordings";
import { ADMIN } from "@/tests/support/admin";
import { barriersOf } from "@/tests/support/axe";
import { ChunkKeeper } from "@/tests/support/chunk-keeper";
import { type Product, startProduct } from "@/tests/support/product";
import { RecordingPage, signIn, spooledFiles } from "@/tests/support/recording-page";

let product: Product;
let kept: ChunkKeeper;

test.beforeAll(async () => {
  product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
});
test.afterAll(() => product.stop());

test.beforeEach(async ({ context, page }) => {
  kept = await ChunkKeeper.attach(context);
  await signIn(page, product.url);
});

/** The renderer ends at once, without a word to the page. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent("crash");
  const session = await page.context().newCDPSession(page);
  void session.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

/** Opens a page of the same browser, and notes what it sends over recording sockets. */
async function reopen(context: BrowserContext, at = "/") {
  const page = await context.newPage();
  const sent: Record<string, { fromOffset: number; bytes: number }> = {};
  page.on("websocket", (socket) => {
    const { pathname, searchParams } = new URL(socket.url());
    const name = `${searchParams.get("take")}-${pathname.split("/").at(-1)}`;
    socket.on("framereceived", ({ payload }) => {
      const message = typeof payload === "string" ? JSON.parse(payload) : {};
      if (message.type === "ready") sent[name] ??= { fromOffset: message.offset, bytes: 0 };
    });
    socket.on("framesent", ({ payload }) => {
      const entry = sent[name];
      if (typeof payload !== "string" && entry !== undefined) entry.bytes += payload.length;
    });
  });
  await page.goto(`${product.url}${at}`);
  return { page, sent };
}

const recordingOf = async (page: Page): Promise<RecordingResource> => new RecordingPage(page).newest(product.url);

function fileOf(recording: RecordingResource, take: number, kind: TrackKind): Promise<Buffer> {
  const track = recording.tracks.find((each) => each.take === take && each.kind === kind);
  expect(track?.finishedAt).not.toBeNull();
  return readFile(path.join(product.folder, "recordings", recording.id, track?.filename ?? ""));
}

/**
 * Checks that a track of a page that ended is what its recorder had handed over. The last chunk may have been on its way
 * into the store.
 */
async function arrivedUpToTheLastChunk(recording: RecordingResource, take: number, kind: TrackKind, index: number) {
  const file = await fileOf(recording, take, kind);
  const handedOver = kept.bytes(kind, index);
  const lastChunk = kept.chunks(kind, index).at(-1)?.bytes.length ?? 0;
  expect(file.length).toBeGreaterThan(0);
  expect(file.length).toBeGreaterThanOrEqual(handedOver.length - lastChunk);
  const common = Math.min(file.length, handedOver.length);
  expect(file.subarray(0, common).equals(handedOver.subarray(0, common))).toBe(true);
  return file.length;
}

const crashed = (page: Page) => page.getByText("was closed or crashed");
const finishIt = (page: Page) => page.getByRole("button", { name: "Finish it" });

test("after a crash the library offers to finish the recording, and what was stored arrives", async ({
  context,
  page,
}) => {
  const recorder = new RecordingPage(page);
  await recorder.begin(product.url);
  await recorder.recorded(4);
  await crash(page);
  const { page: next, sent } = await reopen(context);
  await expect(next.getByText("All that it had stored is safe on the server.")).toBeVisible();
  expect((await recordingOf(next)).state).toBe("recording");
  expect(await barriersOf(next)).toEqual([]);
  await finishIt(next).click();
  await expect(next.getByText(/^Everything of .* is safe on the server/)).toBeVisible();
  await expect.poll(async () => (await recordingOf(next)).state).toMatch(/stopped|compiling|ready/);
  const recording = await recordingOf(next);
  expect(recording.takes).toHaveLength(1);
  for (const kind of ["video", "audio"] as const) {
    const size = await arrivedUpToTheLastChunk(recording, 1, kind, 0);
    const { fromOffset, bytes } = sent[`1-${kind}`] ?? { fromOffset: 0, bytes: 0 };
    expect(fromOffset + bytes).toBe(size);
  }
  await expect.poll(() => spooledFiles(next)).toEqual([]);
});

for (const store of ["the origin private file system", "IndexedDB"]) {
  test(`a crash while the server is away loses nothing that is stored in ${store}; going on makes the next take`, async ({
    context,
    page,
  }) => {
    if (store === "IndexedDB") {
      await context.addInitScript(() => Reflect.deleteProperty(StorageManager.prototype, "getDirectory"));
    }
    const recorder = new RecordingPage(page);
    await recorder.begin(product.url);
    await recorder.recorded(2);
    const { id } = await recordingOf(page);
    await product.server.stop("SIGKILL");
    await recorder.recorded(6);
    await crash(page);
    await product.startServer();
    const { page: next, sent } = await reopen(context);
    await expect(crashed(next)).toBeVisible();
    await next.getByRole("button", { name: "Go on recording" }).click();
    await expect(next.getByText("What you record now is added to")).toBeVisible();
    const again = new RecordingPage(next);
    await again.startNow();
    await again.recorded(2);
    await again.stop.click();
    await expect.poll(async () => (await recordingOf(next)).state).toMatch(/stopped|compiling|ready/);
    const recording = await recordingOf(next);
    expect(recording.id).toBe(id);
    expect(recording.takes.map(({ number, cause }) => [number, cause])).toEqual([
      [1, null],
      [2, "page_closed"],
    ]);
    await kept.settled(next);
    for (const kind of ["video", "audio"] as const) {
      const size = await arrivedUpToTheLastChunk(recording, 1, kind, 0);
      const { fromOffset, bytes } = sent[`1-${kind}`] ?? { fromOffset: 0, bytes: 0 };
      expect(fromOffset + bytes).toBe(size);
      expect(bytes).toBeGreaterThan(0);
      expect((await fileOf(recording, 2, kind)).equals(kept.bytes(kind, 1))).toBe(true);
    }
    if (store !== "IndexedDB") await expect.poll(() => spooledFiles(next)).toEqual([]);
    await next.reload();
    await expect(next.getByRole("heading", { name: "Record" })).toBeVisible();
    await expect(crashed(next)).toBeHidden();
  });
}

test("a page that is closed while it sends the rest after stop is continued by the next, unasked", async ({
  context,
  page,
}) => {
  const recorder = new RecordingPage(page);
  await recorder.begin(product.url);
  await recorder.recorded(2);
  await product.server.stop("SIGKILL");
  await recorder.recorded(4);
  await recorder.stop.click();
  await expect(page.getByRole("heading", { name: "Sending the rest" })).toBeVisible();
  // The recorders hand over their last chunks at the stop; storing them takes milliseconds.
  await page.waitForTimeout(1000);
  await page.close();
  await product.startServer();
  const { page: next } = await reopen(context, "/settings");
  await expect(next.getByText(/^Everything of .* is safe on the server/)).toBeVisible();
  await expect(finishIt(next)).toBeHidden();
  const recording = await recordingOf(next);
  for (const kind of ["video", "audio"] as const) {
    await arrivedUpToTheLastChunk(recording, 1, kind, 0);
  }
  await expect.poll(() => spooledFiles(next)).toEqual([]);
});

test("another tab leaves a live recording alone, and takes it when its tab ends", async ({ context, page }) => {
  const recorder = new RecordingPage(page);
  await recorder.begin(product.url);
  await recorder.recorded(2);
  const { page: other } = await reopen(context);
  await expect.poll(() => spooledFiles(other)).not.toEqual([]);
  await recorder.recorded(5);
  await expect(crashed(other)).toBeHidden();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await page.close();
  await expect(crashed(other)).toBeVisible();
  await finishIt(other).click();
  await expect(other.getByText(/^Everything of .* is safe on the server/)).toBeVisible();
  const recording = await recordingOf(other);
  for (const kind of ["video", "audio"] as const) await arrivedUpToTheLastChunk(recording, 1, kind, 0);
});

test("of a recording that was deleted meanwhile nothing is kept, and that is said", async ({ context, page }) => {
  const recorder = new RecordingPage(page);
  await recorder.begin(product.url);
  await recorder.recorded(2);
  const { id } = await recordingOf(page);
  await crash(page);
  const deletion = await context.request.delete(`${product.url}/api/v1/recordings/${id}`, {
    headers: { origin: product.url },
  });
  expect(deletion.ok()).toBe(true);
  const { page: next } = await reopen(context);
  await expect(next.getByText("was deleted, so what this browser still kept of it was removed")).toBeVisible();
  await expect.poll(() => spooledFiles(next)).toEqual([]);
  await next.getByRole("button", { name: "Dismiss" }).click();
  await expect(next.getByText("was deleted, so")).toBeHidden();
});
