/** The recording page as a test works it, and what its recorders really handed over, for comparison. */
import { expect, type Locator, type Page } from "@playwright/test";
import type { RecordingList, RecordingResource } from "@/lib/protocol/recordings";
import { ADMIN } from "@/tests/support/admin";

/** A page of a machine that has other things to do; programs without Playwright's settings would wait for 5 s. */
const PATIENCE = { timeout: 60_000 };
/** What a noisy camera has recorded is tens of megabytes there, of which every one is digested. */
const SENDING = { timeout: 180_000 };

export async function signIn(page: Page, baseUrl = ""): Promise<void> {
  await page.goto(`${baseUrl}/sign-in`);
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("link", { name: "Record", exact: true }).first()).toBeVisible(PATIENCE);
}

/** Has the longest countdown chosen, for what is to be done before it ends. Call it before the page is opened. */
export async function countDownLong(page: Page): Promise<void> {
  await page.addInitScript(() => localStorage.setItem("tapedeck.recorder", JSON.stringify({ countdownS: 10 })));
}

/** Keeps a copy of every chunk the browser hands over, apart from the product. Call it before the page is opened. */
export async function keepChunks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const chunks: Record<string, Blob[]> = {};
    Object.assign(window, { keptChunks: chunks });
    const { start } = MediaRecorder.prototype;
    MediaRecorder.prototype.start = function (timeslice) {
      const kind = this.stream.getVideoTracks().length > 0 ? "video" : "audio";
      chunks[kind] ??= [];
      this.addEventListener("dataavailable", ({ data }) => chunks[kind]?.push(data));
      start.call(this, timeslice);
    };
  });
}

/** Size and SHA-256 (hex) of everything the browser handed over for a track. */
export async function handedOver(page: Page, kind: "video" | "audio"): Promise<{ sizeBytes: number; sha256: string }> {
  return page.evaluate(async (wanted) => {
    const { keptChunks } = window as unknown as { keptChunks: Record<string, Blob[]> };
    const bytes = await new Blob(keptChunks[wanted]).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return {
      sizeBytes: bytes.byteLength,
      sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    };
  }, kind);
}

/** Every name in the browser's origin private file system. */
export async function spooledFiles(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const names: string[] = [];
    const folders = [await navigator.storage.getDirectory()];
    for (const folder of folders) {
      for await (const handle of folder.values()) {
        if (handle.kind === "directory") folders.push(handle as FileSystemDirectoryHandle);
        else names.push(handle.name);
      }
    }
    return names;
  });
}

/** A camera whose picture is noise, until {@link calmCamera}: several megabits a second, as a real one in a lively room. */
export async function useNoisyCamera(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      const [camera] = stream.getVideoTracks();
      if (camera === undefined) return stream;
      camera.stop();
      stream.removeTrack(camera);
      const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      const noise = context.createImageData(canvas.width, canvas.height);
      for (let at = 0; at < noise.data.length; at += 65_536)
        crypto.getRandomValues(noise.data.subarray(at, at + 65_536));
      let shift = 0;
      const draw = () => {
        if (!("isCameraCalm" in window)) shift += 37;
        context.putImageData(noise, -(shift % 200), -(shift % 113));
        setTimeout(draw, 50);
      };
      draw();
      for (const track of canvas.captureStream(20).getVideoTracks()) stream.addTrack(track);
      return stream;
    };
  });
}

/** Holds the noise of {@link useNoisyCamera} still: what comes from here on is small and costs the machine little. */
export async function calmCamera(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isCameraCalm: true }));
}

/** The controls of the page, by what they are for. */
export class RecordingPage {
  readonly page: Page;
  readonly record: Locator;
  readonly pause: Locator;
  readonly goOn: Locator;
  readonly stop: Locator;
  readonly discard: Locator;
  readonly alert: Locator;

  constructor(page: Page) {
    this.page = page;
    const button = (name: string) => page.getByRole("main").getByRole("button", { name, exact: true });
    this.record = button("Record");
    this.pause = button("Pause");
    this.goOn = button("Go on");
    this.stop = button("Stop");
    this.alert = page.getByRole("main").getByRole("alert");
    this.discard = button("Discard the recording");
  }

  source(name: "Camera" | "Screen" | "Screen and camera" | "Microphone"): Locator {
    return this.page.getByRole("radio", { name: new RegExp(`^${name}(?! and)`) });
  }

  /** Opens the page, and waits until it can be worked with: before that, what is chosen in it is not heard. */
  async open(baseUrl = ""): Promise<void> {
    await this.page.goto(`${baseUrl}/record`);
    await expect(this.record).toBeEnabled(PATIENCE);
  }

  /** Opens the page and begins without waiting for the countdown. */
  async begin(baseUrl = ""): Promise<void> {
    await this.open(baseUrl);
    await this.startNow();
  }

  async startNow(): Promise<void> {
    await this.record.click();
    // On a busy machine the countdown may be over before the click comes: then nobody had to be told.
    this.page
      .getByRole("button", { name: "Record now" })
      .click({ timeout: 10_000 })
      .catch(() => {});
    await expect(this.stop).toBeVisible(PATIENCE);
  }

  /**
   * Waits until the counter shows at least so much recorded time. Where chunks are kept, also until every recorder has
   * handed over more than the beginning of a header: on a busy machine an encoder gives its first picture seconds late.
   */
  async recorded(seconds: number): Promise<void> {
    await expect.poll(() => this.elapsedSeconds(), PATIENCE).toBeGreaterThanOrEqual(seconds);
    const haveBegun = () => {
      const { keptChunks = {} } = window as unknown as { keptChunks?: Record<string, Blob[]> };
      return Object.values(keptChunks).every((chunks) => chunks.reduce((total, { size }) => total + size, 0) > 100);
    };
    await expect.poll(() => this.page.evaluate(haveBegun), PATIENCE).toBe(true);
  }

  /** What the counter shows, in whole seconds. */
  async elapsedSeconds(): Promise<number> {
    return readClock(await this.page.getByTestId("elapsed").innerText());
  }

  /** Up to where the page calls the recording safe, in whole seconds. */
  async safeSeconds(): Promise<number> {
    return readClock(await this.page.getByTestId("safe-time").innerText());
  }

  /** Waits until the page says that the server has everything. */
  async isSafe(): Promise<void> {
    const words = /Everything is safe on the server|Making the MP4|Your recording is ready/;
    await expect(this.page.getByRole("heading", { name: words })).toBeVisible(SENDING);
  }

  /** The newest recording of the user, as the API has it. */
  async newest(baseUrl = ""): Promise<RecordingResource> {
    const answer = await this.page.request.get(`${baseUrl}/api/v1/recordings?limit=1`);
    const { recordings } = (await answer.json()) as RecordingList;
    expect(recordings).toHaveLength(1);
    return recordings[0] as RecordingResource;
  }

  /** Checks that the server has every byte of the tracks, and no other track. */
  async arrivedWhole(kinds: readonly ("video" | "audio")[], baseUrl = ""): Promise<RecordingResource> {
    const recording = await this.newest(baseUrl);
    expect(recording.tracks.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
    for (const kind of kinds) {
      const track = recording.tracks.find((each) => each.kind === kind);
      const expected = await handedOver(this.page, kind);
      expect(expected.sizeBytes).toBeGreaterThan(0);
      expect({ kind, sizeBytes: track?.sizeBytes, sha256: track?.sha256 }).toEqual({ kind, ...expected });
    }
    return recording;
  }
}

/** `1:05` → 65 */
function readClock(text: string): number {
  return text.split(":").reduce((total, part) => total * 60 + Number(part), 0);
}
