/**
 * Stands in for MediaRecorder in a page, and hands over chunks as fast as the server acknowledges them: hours go by in
 * minutes, and everything behind the recorder is the product's own. The bytes are a capture's, in pieces that differ.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import type { TrackKind } from "@/lib/domain/recording-state";

/** A chunk of the page's recorder (lib/client/record/track-recorder). */
export const CHUNK_MS = 250;
const CAPTURES: Readonly<Record<TrackKind, string>> = {
  video: "c20_h264_250/video.mkv",
  audio: "c20_h264_250/audio.webm",
};
/** How much of a capture is used, over and over. */
const CAPTURE_BYTES = 256 * 1024;
/** Fewer bytes than a camera's 2.5 Mb/s make, so that the disk is not what is measured; as many chunks. */
const CHUNK_BYTES: Readonly<Record<TrackKind, { least: number; spread: number }>> = {
  video: { least: 2000, spread: 4000 },
  audio: { least: 500, spread: 1000 },
};

/** Where chunk `index` of a track is in its capture. Runs in the page too: it may know nothing but its arguments. */
function pieceOf(index: number, { least, spread }: { least: number; spread: number }, captureBytes: number) {
  const length = least + ((index * 7919) % spread);
  const from = (index * 104_729) % (captureBytes - length);
  return { from, to: from + length };
}

function captureOf(kind: TrackKind): Buffer {
  const file = path.resolve("tests/fixtures/captures", CAPTURES[kind]);
  return readFileSync(file).subarray(0, CAPTURE_BYTES);
}

/** What a track must hold after so many chunks, piece by piece. */
export function* expectedPieces(kind: TrackKind, chunks: number): Generator<Buffer> {
  const capture = captureOf(kind);
  for (let index = 0; index < chunks; index += 1) {
    const { from, to } = pieceOf(index, CHUNK_BYTES[kind], capture.length);
    yield capture.subarray(from, to);
  }
}

/** What the page has done. */
export interface FastFacts {
  chunks: number;
  acknowledgements: number;
}

/** Before the page is opened. @param ahead chunks of a track that may be unacknowledged */
export async function installFastRecorder(page: Page, ahead: number): Promise<void> {
  const captures = { video: captureOf("video").toString("base64"), audio: captureOf("audio").toString("base64") };
  const script = `(${install.toString()})(${JSON.stringify({ captures, sizes: CHUNK_BYTES, ahead })}, ${pieceOf.toString()})`;
  // What the compiler puts around functions to keep their names is not there in a page.
  await page.addInitScript(`globalThis.__name ??= (it) => it; ${script}`);
}

/** Records up to `chunks` of each track, and waits until the server has them all. */
export function recordUpTo(page: Page, chunks: number): Promise<FastFacts> {
  return page.evaluate(
    (wanted) => (window as unknown as { recordUpTo: (chunks: number) => Promise<FastFacts> }).recordUpTo(wanted),
    chunks,
  );
}

interface InstallOptions {
  captures: Record<TrackKind, string>;
  sizes: typeof CHUNK_BYTES;
  ahead: number;
}

/** Runs in the page. */
function install({ captures, sizes, ahead }: InstallOptions, piece: typeof pieceOf): void {
  const recorders = new Map<TrackKind, FastRecorder>();
  const acked: Record<string, number> = {};
  let acknowledgements = 0;
  let wake = () => {};

  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      const kind = new URL(url, location.href).pathname.split("/").at(-1) as string;
      this.addEventListener("message", ({ data }) => {
        const { type, offset } = JSON.parse(data);
        if (type === "ack") acknowledgements += 1;
        if (type === "ack" || type === "ready") acked[kind] = offset;
        wake();
      });
    }
  };

  class FastRecorder extends EventTarget {
    static isTypeSupported = () => true;
    readonly stream: MediaStream;
    readonly kind: TrackKind;
    readonly mimeType: string;
    readonly #capture: Uint8Array<ArrayBuffer>;
    state: RecordingState = "inactive";
    ondataavailable: ((event: BlobEvent) => void) | null = null;
    onstop: ((event: Event) => void) | null = null;
    onerror: ((event: Event) => void) | null = null;
    chunks = 0;
    /** End of each chunk that may not be acknowledged yet. */
    ends: number[] = [];
    #bytes = 0;

    constructor(stream: MediaStream, { mimeType = "" }: MediaRecorderOptions = {}) {
      super();
      this.stream = stream;
      this.mimeType = mimeType;
      this.kind = stream.getVideoTracks().length > 0 ? "video" : "audio";
      this.#capture = Uint8Array.from(atob(captures[this.kind]), (letter) => letter.charCodeAt(0));
    }

    get isAhead(): boolean {
      while (this.ends.length > 0 && (this.ends[0] as number) <= (acked[this.kind] ?? 0)) this.ends.shift();
      return this.ends.length >= ahead;
    }

    start(): void {
      this.state = "recording";
      recorders.set(this.kind, this);
    }

    pause(): void {
      this.state = "paused";
    }

    resume(): void {
      this.state = "recording";
    }

    requestData(): void {}

    stop(): void {
      this.state = "inactive";
      setTimeout(() => this.onstop?.(new Event("stop")));
    }

    hand(): void {
      const { from, to } = piece(this.chunks, sizes[this.kind], this.#capture.length);
      this.chunks += 1;
      this.#bytes += to - from;
      this.ends.push(this.#bytes);
      const data = new Blob([this.#capture.subarray(from, to)], { type: this.mimeType });
      this.ondataavailable?.(new BlobEvent("dataavailable", { data }));
    }
  }

  const recordUpTo = async (wanted: number): Promise<FastFacts> => {
    const all = [...recorders.values()];
    for (;;) {
      for (const recorder of all) while (recorder.chunks < wanted && !recorder.isAhead) recorder.hand();
      if (all.every((recorder) => recorder.chunks >= wanted && !recorder.isAhead && recorder.ends.length === 0)) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return { chunks: wanted, acknowledgements };
  };
  Object.assign(window, { MediaRecorder: FastRecorder, recordUpTo });
}
