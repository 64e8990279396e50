/** Devices that go, sharing that ends and a computer that sleeps are gaps in a recording, and not its end. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { RecordingResource } from "@/lib/protocol/recordings";
import { ADMIN } from "@/tests/support/admin";
import { ChunkKeeper } from "@/tests/support/chunk-keeper";
import { type Product, startProduct } from "@/tests/support/product";
import { RecordingPage, signIn } from "@/tests/support/recording-page";

let product: Product;
let kept: ChunkKeeper;
let recorder: RecordingPage;

test.beforeAll(async () => {
  product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
});
test.afterAll(() => product.stop());

test.beforeEach(async ({ context, page }) => {
  kept = await ChunkKeeper.attach(context);
  // What a browser does when a device is unplugged, or its own "Stop sharing" is pressed.
  await context.addInitScript(() => {
    const opened: MediaStreamTrack[] = [];
    for (const method of ["getUserMedia", "getDisplayMedia"] as const) {
      const open = navigator.mediaDevices[method].bind(navigator.mediaDevices);
      navigator.mediaDevices[method] = async (options) => {
        const { isUnplugged } = window as unknown as { isUnplugged?: boolean };
        if (isUnplugged) throw new DOMException("Requested device not found", "NotFoundError");
        const stream = await open(options);
        const isScreen = method === "getDisplayMedia";
        for (const track of stream.getTracks()) opened.push(Object.assign(track, { isScreen }));
        return stream;
      };
    }
    const endTracks = (which: "screen" | "video" | "audio") => {
      for (const track of opened as (MediaStreamTrack & { isScreen: boolean })[]) {
        if (which === "screen" ? !track.isScreen : track.isScreen || track.kind !== which) continue;
        if (track.readyState === "ended") continue;
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
    };
    Object.assign(window, { endTracks });
  });
  recorder = new RecordingPage(page);
  await signIn(page, product.url);
  await recorder.open(product.url);
});

function endTracks(page: Page, which: "screen" | "video" | "audio"): Promise<void> {
  return page.evaluate((what) => (window as unknown as { endTracks: (which: string) => void }).endTracks(what), which);
}

const takesOf = ({ takes }: RecordingResource) => takes.map(({ number, cause }) => [number, cause]);

/** Checks every track of the recording against what its recorder handed over. */
async function arrived(page: Page, tracks: readonly [take: number, kind: TrackKind][]): Promise<RecordingResource> {
  const recording = await new RecordingPage(page).newest(product.url);
  const byTake = (a: readonly [number, string], b: readonly [number, string]) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1);
  const there = recording.tracks.map(({ take, kind }): [number, TrackKind] => [take, kind]);
  expect(there.sort(byTake)).toEqual([...tracks].sort(byTake));
  const counts = { video: 0, audio: 0 };
  await kept.settled(page);
  for (const [take, kind] of tracks) {
    const track = recording.tracks.find((each) => each.take === take && each.kind === kind);
    const file = await readFile(path.join(product.folder, "recordings", recording.id, track?.filename ?? ""));
    const handedOver = kept.bytes(kind, counts[kind]++);
    expect(handedOver.length).toBeGreaterThan(0);
    expect({ take, kind, isWhole: file.equals(handedOver) }).toEqual({ take, kind, isWhole: true });
  }
  return recording;
}

/**
 * Waits until the counter shows at least so much recorded time, and so many recorders have handed over more than a header:
 * an encoder on a busy machine gives its first picture seconds late, and one that is ended before gives none.
 */
async function recorded(seconds: number, recorders: number): Promise<void> {
  await recorder.recorded(seconds);
  const sizes = () => kept.recorders.map(({ chunks }) => chunks.reduce((total, { bytes }) => total + bytes.length, 0));
  await expect.poll(() => sizes().filter((size) => size > 1000).length).toBeGreaterThanOrEqual(recorders);
}

async function stopAndWait(page: Page): Promise<void> {
  await recorder.stop.click();
  await expect.poll(async () => (await recorder.newest(product.url)).state).toMatch(/stopped|compiling|ready|failed/);
  await expect(page.getByRole("heading", { name: "Sending the rest" })).toBeHidden();
}

test("sharing that is ended is a gap: the microphone goes on, and what is shared again is the next take", async ({
  page,
}) => {
  await recorder.source("Screen").click();
  await recorder.startNow();
  await recorded(2, 2);
  await endTracks(page, "screen");
  await expect(page.getByText("Sharing was ended. The sound is still recorded.")).toBeVisible();
  await expect(recorder.stop).toBeVisible();
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 3);
  await page.getByRole("button", { name: "Share again" }).click();
  await expect(page.getByText("What you share is recorded again.")).toBeVisible();
  await recorded(before + 4, 5);
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [1, "audio"],
    [2, "audio"],
    [3, "video"],
    [3, "audio"],
  ]);
  expect(takesOf(recording)).toEqual([
    [1, null],
    [2, "share_ended"],
    [3, "share_ended"],
  ]);
});

test("a camera that is unplugged and comes back is recorded again by itself", async ({ page }) => {
  await recorder.startNow();
  await recorded(2, 2);
  await endTracks(page, "video");
  await expect(page.getByText("The camera was unplugged or taken away. The sound is still recorded.")).toBeVisible();
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 3);
  await page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event("devicechange")));
  await expect(page.getByText("The camera is recorded again.")).toBeVisible();
  await recorded(before + 4, 5);
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [1, "audio"],
    [2, "audio"],
    [3, "video"],
    [3, "audio"],
  ]);
  expect(takesOf(recording)).toEqual([
    [1, null],
    [2, "device_lost"],
    [3, "device_lost"],
  ]);
});

/** Gaps of the finished recording that concern one track, and why. */
async function gapsOfTracks(): Promise<[string | null, string][]> {
  await expect.poll(async () => (await recorder.newest(product.url)).state).toBe("ready");
  const { gaps } = await recorder.newest(product.url);
  return gaps.filter(({ kind }) => kind !== null).map(({ kind, code }) => [kind, code]);
}

test("a microphone that is unplugged while the camera runs on is a gap of the sound", async ({ page }) => {
  await recorder.startNow();
  await recorded(2, 2);
  // So that it is not there again when the browser says that devices have changed.
  await page.evaluate(() => Object.assign(window, { isUnplugged: true }));
  await endTracks(page, "audio");
  await expect(page.getByText("The picture is still recorded.")).toBeVisible();
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 3);
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [1, "audio"],
    [2, "video"],
  ]);
  expect(takesOf(recording)).toEqual([
    [1, null],
    [2, "device_lost"],
  ]);
  expect(await gapsOfTracks()).toContainEqual(["audio", "device_lost"]);
});

test("a camera that is lost from the corner of a shared screen is a gap, and the take goes on", async ({ page }) => {
  await recorder.source("Screen and camera").click();
  await recorder.startNow();
  await recorded(2, 2);
  const told = page.waitForResponse((response) => response.url().endsWith("/interruptions"));
  await endTracks(page, "video");
  await expect(page.getByText("The screen is recorded without it.")).toBeVisible();
  expect((await told).status()).toBe(204);
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 2);
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [1, "audio"],
  ]);
  expect(recording.takes).toHaveLength(1);
  expect(await gapsOfTracks()).toContainEqual(["video", "device_lost"]);
});

test("with nothing left to record it waits, says so, and can be ended or gone on with", async ({ page }) => {
  await page.getByLabel("Microphone", { exact: true }).selectOption("None");
  await recorder.startNow();
  await recorded(2, 1);
  await page.evaluate(() => Object.assign(window, { isUnplugged: true }));
  await endTracks(page, "video");
  await expect(page.getByText("so nothing is being recorded now")).toBeVisible();
  await expect(page.getByText("Interrupted", { exact: true })).toBeVisible();
  expect((await recorder.newest(product.url)).state).toBe("recording");
  await recorder.goOn.click();
  await expect(recorder.alert).toBeVisible();
  await page.evaluate(() => Object.assign(window, { isUnplugged: false }));
  await recorder.goOn.click();
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 2);
  await endTracks(page, "video");
  await expect(page.getByText("Interrupted", { exact: true })).toBeVisible();
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [2, "video"],
  ]);
  expect(takesOf(recording)).toEqual([
    [1, null],
    [2, "device_lost"],
  ]);
});

test("a take that begins while the server is away is told to it afterwards", async ({ page }) => {
  await recorder.startNow();
  await recorded(2, 2);
  await product.server.stop("SIGKILL");
  await endTracks(page, "video");
  await expect(page.getByText("The sound is still recorded.")).toBeVisible();
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 3);
  await product.startServer();
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [1, "audio"],
    [2, "audio"],
  ]);
  expect(takesOf(recording)).toEqual([
    [1, null],
    [2, "device_lost"],
  ]);
});

/** Longer than what the page takes for a sleep (lib/client/session/leap-finder). */
const SLEEP_MS = 6000;

/** The process that shows pages: stopped as a whole, as everything is when the computer sleeps. */
async function rendererPids(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = (await session.send("SystemInfo.getProcessInfo")) as {
    processInfo: { type: string; id: number }[];
  };
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

test("a computer that sleeps leaves a gap, and recording goes on when it wakes", async ({ page, browser }) => {
  await recorder.startNow();
  await recorded(2, 2);
  const pids = await rendererPids(browser);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, SLEEP_MS));
  for (const pid of pids) process.kill(pid, "SIGCONT");
  await expect(page.getByText("The computer slept. Recording goes on")).toBeVisible();
  const before = await recorder.elapsedSeconds();
  await recorded(before + 2, 4);
  await stopAndWait(page);
  const recording = await arrived(page, [
    [1, "video"],
    [1, "audio"],
    [2, "video"],
    [2, "audio"],
  ]);
  expect(takesOf(recording)).toEqual([
    [1, null],
    [2, "suspended"],
  ]);
});
