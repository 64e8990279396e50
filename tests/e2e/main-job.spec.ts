/** The main job: sign in, record, stop, download; and the MP4 that comes out of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";
import { decodeErrors, findBeeps, findFlashes, readMediaFacts } from "@/tests/support/media-facts";

/** The contract asks for 0.1 s between what was recorded and what the file says. */
const DURATION_TOLERANCE_SECONDS = 0.1;
/** The contract asks for 40 ms between sound and picture. */
const SYNC_TOLERANCE_SECONDS = 0.04;

let folder: string;
test.beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-e2e-"));
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

async function signIn(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("link", { name: "Record", exact: true }).first()).toBeVisible();
}

/** Makes every MediaRecorder of the page write down when it ran, in `window.runs`, without touching what it does. */
async function watchRecorders(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const runs: { kind: string; startedAt: number; stoppedAt: number }[] = [];
    Object.assign(window, { runs });
    const { start, stop } = MediaRecorder.prototype;
    MediaRecorder.prototype.start = function (timeslice) {
      const kind = this.stream.getVideoTracks().length > 0 ? "video" : "audio";
      const run = { kind, startedAt: 0, stoppedAt: 0 };
      runs.push(run);
      Object.assign(this, { run });
      start.call(this, timeslice);
      run.startedAt = performance.now();
    };
    MediaRecorder.prototype.stop = function () {
      (this as unknown as { run: { stoppedAt: number } }).run.stoppedAt = performance.now();
      stop.call(this);
    };
  });
}

/** Records for as long as asked, and saves the MP4. @returns its path, and how long the recorders ran, in seconds */
async function record(page: Page, ms: number, name: string): Promise<{ file: string; recordedSeconds: number }> {
  await page.goto("/record");
  await page.getByRole("button", { name: /^Record/ }).click();
  const skip = page.getByRole("button", { name: /skip|now/i });
  await skip.click();
  const stop = page.getByRole("button", { name: /^Stop/ });
  await expect(stop).toBeVisible();
  await page.waitForTimeout(ms); // The recording itself: this is the time that is recorded.
  await stop.click();
  const download = page.getByRole("link", { name: /Download MP4/ });
  await expect(download).toBeVisible({ timeout: 60_000 });
  const started = page.waitForEvent("download");
  await download.click();
  const file = path.join(folder, `${name}.mp4`);
  await (await started).saveAs(file);
  const runs = await page.evaluate(
    () => (window as unknown as { runs: { kind: string; startedAt: number; stoppedAt: number }[] }).runs,
  );
  const longest = Math.max(...runs.map(({ startedAt, stoppedAt }) => stoppedAt - startedAt));
  return { file, recordedSeconds: longest / 1000 };
}

test("ten seconds of a camera and a microphone become an MP4 of ten seconds", async ({ page }) => {
  await watchRecorders(page);
  await signIn(page);
  const { file, recordedSeconds } = await record(page, 10_000, "devices");
  const facts = await readMediaFacts(file);
  expect(facts.video).toMatchObject({ codec: "h264", startSeconds: 0 });
  expect(facts.audio).toMatchObject({ codec: "aac", startSeconds: 0 });
  expect((facts.video?.width ?? 1) % 2).toBe(0);
  expect(recordedSeconds).toBeGreaterThan(9.9);
  expect(Math.abs(facts.durationSeconds - recordedSeconds)).toBeLessThan(DURATION_TOLERANCE_SECONDS);
  expect(await decodeErrors(file)).toBe("");
});

test("sound and picture are together", async ({ page }) => {
  // A camera that flashes and a microphone that beeps at the same instants; all else is the product.
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = new MediaStream();
      const audio = new AudioContext();
      await audio.resume();
      if (constraints?.audio) {
        const tone = audio.createOscillator();
        const gate = audio.createGain();
        gate.gain.value = 0;
        tone.frequency.value = 1000;
        const out = audio.createMediaStreamDestination();
        tone.connect(gate).connect(out);
        tone.start();
        for (let second = 1; second < 60; second += 1) {
          gate.gain.setValueAtTime(0.8, second);
          gate.gain.setValueAtTime(0, second + 0.2);
        }
        for (const track of out.stream.getAudioTracks()) stream.addTrack(track);
      }
      if (constraints?.video) {
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
        const context = canvas.getContext("2d") as CanvasRenderingContext2D;
        // The output's time is what is heard; it lags behind what is rendered by the device's latency.
        const draw = () => {
          const now = audio.currentTime;
          context.fillStyle = now > 1 && now % 1 < 0.2 ? "white" : "black";
          context.fillRect(0, 0, canvas.width, canvas.height);
          context.fillStyle = "gray";
          context.fillRect((now * 100) % 640, 0, 8, 8);
          setTimeout(draw, 8);
        };
        draw();
        for (const track of canvas.captureStream(30).getVideoTracks()) stream.addTrack(track);
      }
      return stream;
    };
  });
  await watchRecorders(page);
  await signIn(page);
  const { file } = await record(page, 10_000, "flash-beep");
  const flashes = await findFlashes(file);
  const beeps = await findBeeps(file);
  const offsets = flashes
    .map((flash) => ({ flash, beep: beeps.find((beep) => Math.abs(beep - flash) < 0.4) }))
    .filter((pair): pair is { flash: number; beep: number } => pair.beep !== undefined)
    .map(({ flash, beep }) => flash - beep)
    .sort((a, b) => a - b);
  expect(offsets.length).toBeGreaterThan(6);
  const median = offsets[offsets.length >> 1] as number;
  console.log(`flash after beep: median ${(median * 1000).toFixed(1)} ms of ${offsets.length}`);
  expect(Math.abs(median)).toBeLessThan(SYNC_TOLERANCE_SECONDS);
});
