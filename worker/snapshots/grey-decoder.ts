/**
 * Decodes the snapshots of one session to small grey pictures, with one FFmpeg that stays: a start for each would cost
 * more than all else. One after the other: a picture that cannot be decoded gives none, so each is waited for, and an
 * FFmpeg that does not answer is ended and another begun.
 */
import { Readable } from "node:stream";
import type { GreyPicture } from "@/lib/media/grey-picture";
import { snapshotCluster, snapshotTrackHead } from "@/lib/media/snapshot-track";
import type { Ffmpeg } from "@/lib/server/ffmpeg/run";

const WIDTH = 64;
const HEIGHT = 36;
const PATIENCE_MS = 3000;

interface Running {
  input: Readable;
  controller: AbortController;
  ended: Promise<void>;
}

export class GreyDecoder {
  readonly #ffmpeg: Ffmpeg;
  readonly #maxPixels: number;
  #running: Running | null = null;
  #number = 0;
  #received = Buffer.alloc(0);
  #deliver: ((grey: Uint8Array | null) => void) | null = null;

  constructor(ffmpeg: Ffmpeg, maxPixels: number) {
    this.#ffmpeg = ffmpeg;
    this.#maxPixels = maxPixels;
  }

  /** @returns null when it cannot be decoded, or not in time */
  async decode(jpeg: Buffer): Promise<GreyPicture | null> {
    const { input } = (this.#running ??= this.#start());
    const delivered = new Promise<Uint8Array | null>((resolve) => (this.#deliver = resolve));
    const timer = setTimeout(() => this.#deliver?.(null), PATIENCE_MS);
    this.#number += 1;
    const about = { atMs: this.#number, sequence: this.#number, capturedMs: 0 };
    input.push(Buffer.concat(snapshotCluster(about, jpeg).pieces));
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
    running.controller.abort();
    await running.ended;
  }

  #start(): Running {
    const input = new Readable({ read() {} });
    input.push(snapshotTrackHead({ width: 640, height: 480 }));
    const controller = new AbortController();
    this.#received = Buffer.alloc(0);
    const ended = this.#ffmpeg
      .ffmpeg(
        [
          ...["-nostdin", "-hide_banner", "-v", "error", "-reinit_filter", "0", "-threads", "1", "-flags", "low_delay"],
          ...["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"],
          ...["-f", "matroska", "-format_whitelist", "matroska", "-codec_whitelist", "mjpeg"],
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
    if (this.#received.length < WIDTH * HEIGHT) return;
    const grey = Uint8Array.from(this.#received.subarray(0, WIDTH * HEIGHT));
    this.#received = Buffer.from(this.#received.subarray(WIDTH * HEIGHT));
    this.#deliver?.(grey);
  }
}
