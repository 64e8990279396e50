/**
 * Decodes the snapshots of one session to small grey pictures, with one FFmpeg that stays: a start for each would cost
 * more than all else. One after the other: a picture that cannot be decoded gives none, so each is waited for, and an
 * FFmpeg that does not answer is ended and another begun.
 */
import { Readable } from "node:stream";
import type { GreyPicture } from "@/lib/media/grey-picture";
import type { Ffmpeg } from "@/lib/server/ffmpeg/run";

const WIDTH = 64;
const HEIGHT = 36;
/** Also for its start, on a busy machine. */
const PATIENCE_MS = 5000;
/**
 * FFmpeg takes a JPEG to be whole when the next one begins. So each is followed by the beginning of another, with a comment
 * (ITU-T T.81 B.2.4.5), and comes without its own.
 */
const NEXT_BEGINS = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 4, 0, 0]);
const SOI_BYTES = 2;
/** What comes out of it lags one picture behind; so each goes in twice. At an eighth of the size that costs little. */
const COPIES = 2;

interface Running {
  input: Readable;
  controller: AbortController;
  ended: Promise<void>;
}

export class GreyDecoder {
  readonly #ffmpeg: Ffmpeg;
  readonly #maxPixels: number;
  #running: Running | null = null;
  #received = Buffer.alloc(0);
  /** Pictures that are to come out of it before the one that is waited for is there. */
  #awaited = 0;
  #deliver: ((grey: Uint8Array | null) => void) | null = null;

  constructor(ffmpeg: Ffmpeg, maxPixels: number) {
    this.#ffmpeg = ffmpeg;
    this.#maxPixels = maxPixels;
  }

  /** @returns null when it cannot be decoded, or not in time */
  async decode(jpeg: Buffer): Promise<GreyPicture | null> {
    this.#awaited = this.#running === null ? COPIES - 1 : COPIES;
    const { input } = (this.#running ??= this.#start());
    const delivered = new Promise<Uint8Array | null>((resolve) => (this.#deliver = resolve));
    const timer = setTimeout(() => this.#deliver?.(null), PATIENCE_MS);
    this.#received = Buffer.alloc(0);
    for (let copy = 0; copy < COPIES; copy += 1) input.push(Buffer.concat([jpeg.subarray(SOI_BYTES), NEXT_BEGINS]));
    const grey = await delivered;
    clearTimeout(timer);
    this.#deliver = null;
    if (grey === null) await this.close();
    return grey === null ? null : { width: WIDTH, height: HEIGHT, grey };
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    this.#deliver?.(null);
    if (running === null) return;
    // At the end of its input it ends by itself; asked to alone, it waits for more first.
    running.input.push(null);
    running.controller.abort();
    await running.ended;
  }

  #start(): Running {
    const input = new Readable({ read() {} });
    input.push(NEXT_BEGINS);
    const controller = new AbortController();
    const ended = this.#ffmpeg
      .ffmpeg(
        [
          ...["-nostdin", "-hide_banner", "-v", "error", "-reinit_filter", "0", "-threads", "1", "-lowres", "3"],
          ...["-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0"],
          ...["-f", "mjpeg", "-format_whitelist", "mjpeg", "-codec_whitelist", "mjpeg"],
          ...["-protocol_whitelist", "pipe", "-max_pixels", String(this.#maxPixels), "-i", "pipe:0", "-map", "0:v:0"],
          ...["-vf", `scale=${WIDTH}:${HEIGHT}:flags=area:out_range=pc,format=gray`, "-fps_mode", "passthrough"],
          ...["-threads", "1", "-f", "rawvideo", "-flush_packets", "1", "pipe:1"],
        ],
        { signal: controller.signal, input, onBytes: (bytes) => this.#receive(bytes, controller.signal) },
      )
      .then(
        () => {},
        // Whoever waits hears that nothing came.
        () => {},
      )
      .then(() => {
        if (!controller.signal.aborted) this.#deliver?.(null);
      });
    return { input, controller, ended };
  }

  #receive(bytes: Buffer, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= WIDTH * HEIGHT) {
      const grey = Uint8Array.from(this.#received.subarray(0, WIDTH * HEIGHT));
      this.#received = Buffer.from(this.#received.subarray(WIDTH * HEIGHT));
      this.#awaited -= 1;
      if (this.#awaited === 0) this.#deliver?.(grey);
    }
  }
}
