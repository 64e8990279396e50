/** Keeps what recorders hand over outside of the page, for comparison when the page is gone. */
import type { BrowserContext, Page } from "@playwright/test";
import type { TrackKind } from "@/lib/domain/recording-state";

export interface KeptChunk {
  bytes: Buffer;
  /** `Date.now()` of the page when the recorder handed it over. */
  atMs: number;
}

export class ChunkKeeper {
  /** One for each recorder that was started there, in that order. */
  readonly recorders: { kind: TrackKind; chunks: KeptChunk[] }[] = [];
  readonly #numbers = new Map<string, number>();

  /** Call it before the pages are opened. */
  static async attach(context: BrowserContext | Page): Promise<ChunkKeeper> {
    const keeper = new ChunkKeeper();
    await context.exposeFunction("keepChunk", (recorder: string, kind: TrackKind, base64: string, atMs: number) => {
      const bytes = Buffer.from(base64, "base64");
      keeper.#chunksOf(recorder, kind).push({ bytes, atMs });
    });
    await context.addInitScript(() => {
      const { start } = MediaRecorder.prototype;
      let handing = Promise.resolve();
      const handed: Promise<void>[] = [];
      Object.assign(window, { allChunksKept: () => handing.then(() => Promise.all(handed)) });
      MediaRecorder.prototype.start = function (timeslice) {
        const kind = this.stream.getVideoTracks().length > 0 ? "video" : "audio";
        const recorder = crypto.randomUUID();
        this.addEventListener("dataavailable", ({ data }) => {
          // A recorder that was stopped before its first picture hands over nothing, and makes no track.
          if (data.size === 0) return;
          const atMs = Date.now();
          const read = data.arrayBuffer();
          handing = handing.then(async () => {
            const bytes = new Uint8Array(await read);
            let text = "";
            for (let at = 0; at < bytes.length; at += 8192)
              text += String.fromCharCode(...bytes.subarray(at, at + 8192));
            const { keepChunk } = window as unknown as { keepChunk: (...args: unknown[]) => Promise<void> };
            handed.push(keepChunk(recorder, kind, btoa(text), atMs));
          });
        });
        start.call(this, timeslice);
      };
    });
    return keeper;
  }

  /** Waits until what recorders of the page have handed over is here: on a busy machine it comes later than it is uploaded. */
  async settled(page: Page): Promise<void> {
    await page.evaluate(() => (window as unknown as { allChunksKept: () => Promise<unknown> }).allChunksKept());
  }

  /** Everything that was handed over by the `index`th recorder of a kind, from 0. */
  chunks(kind: TrackKind, index: number): readonly KeptChunk[] {
    return this.recorders.filter((each) => each.kind === kind)[index]?.chunks ?? [];
  }

  /** The same as bytes. */
  bytes(kind: TrackKind, index: number): Buffer {
    return Buffer.concat(this.chunks(kind, index).map(({ bytes }) => bytes));
  }

  #chunksOf(recorder: string, kind: TrackKind): KeptChunk[] {
    const number = this.#numbers.get(recorder) ?? this.recorders.push({ kind, chunks: [] }) - 1;
    this.#numbers.set(recorder, number);
    return this.recorders[number]?.chunks ?? [];
  }
}
