/**
 * Where an encoder of sound goes on for one that has ended: frames of AAC overlap, so the new one must have its frames at
 * the samples where the old one had them, and have run for a while when it takes over.
 */
import { Readable } from "node:stream";
import { ADTS_HEADER_BYTES, adtsHeader, readAdtsConfig } from "@/lib/media/adts";
import type { ResumedSound } from "@/lib/media/compile-args";
import { followDecodeArgs } from "@/lib/media/follow-args";
import type { ScannedBlock } from "@/lib/media/matroska-scanner";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { bestLag } from "@/lib/media/sound-lag";
import { runProgram } from "@/lib/server/ffmpeg/run";
import type { EarlierRun } from "@/worker/follow/earlier-run";
import type { FollowContext } from "@/worker/follow/follow-context";
import type { TrackTail } from "@/worker/follow/track-tail";

/** The last frames are left to the new encoder, so that what is compared at the seam is in the track for certain. */
const LEFT_FRAMES = 32;
/** Less than this is not worth a seam. */
const LEAST_FRAMES = 300;
/** The new encoder begins so long before the seam: its rate control has settled then, and Opus after 80 ms (RFC 7845 §4.6). */
const WARM_MS = 2500;
const SETTLE_SAMPLES = 4800;
/** What of the track must lie behind the seam. */
const BEHIND_MS = 300;
/** The filter before the encoder corrects what is further off than 20 ms; timestamps are of whole milliseconds. */
const MAX_LAG_MS = 22;
/** Frames that are compared, after two with which a decoder begins. */
const COMPARED_FRAMES = 32;
const FIRST_FRAMES = 2;
/** What is decoded is from a cluster on, and that may be the only one there is: hours, of which the end is kept. */
const DECODE_TIMEOUT_MS = 600_000;
const KEPT_SECONDS = 5;

/** Samples of one channel at the rate of the sound, and the number of the first of them. */
interface Decoded {
  samples: Int16Array;
  first: number;
}

/** Where the encoder begins. */
export interface SoundStart extends ResumedSound {
  /** The track is given to it from this cluster on, after its head. */
  fromBytes: number;
  /** Frames that it makes before the first one that is used. */
  dropFrames: number;
}

export class SoundSeam {
  /** So many frames of the earlier run are kept; 0: it has too few. */
  readonly keptFrames: number;
  readonly #context: FollowContext;
  readonly #earlier: EarlierRun;
  readonly #tail: TrackTail;
  readonly #rate: number;
  #firstMs: number | null = null;
  #clusterBytes = -1;
  #cluster: { fromBytes: number; ms: number } | null = null;

  constructor(context: FollowContext, earlier: EarlierRun, tail: TrackTail) {
    this.#context = context;
    this.#earlier = earlier;
    this.#tail = tail;
    this.#rate = earlier.header.audio?.timescale ?? 0;
    const kept = earlier.soundFrames - LEFT_FRAMES;
    this.keptFrames = kept < LEAST_FRAMES || this.#rate === 0 ? 0 : kept;
  }

  /** Frames of the earlier run up to a time of the track. */
  framesUntil(timestampMs: number): number {
    const ms = timestampMs - (this.#firstMs ?? timestampMs);
    return Math.min(this.keptFrames, Math.floor((ms * this.#rate) / 1000 / AAC_FRAME_SAMPLES));
  }

  /**
   * Takes the blocks of the track, one after the other.
   *
   * @returns whether the track has come as far as the seam, and {@link start} can be asked
   */
  take({ timestampMs, clusterStartBytes }: ScannedBlock): boolean {
    this.#firstMs ??= timestampMs;
    const ms = timestampMs - this.#firstMs;
    const seamMs = ((this.keptFrames - 1) * AAC_FRAME_SAMPLES * 1000) / this.#rate;
    if (clusterStartBytes !== this.#clusterBytes && ms <= seamMs - WARM_MS) {
      this.#cluster = { fromBytes: clusterStartBytes, ms };
    }
    this.#clusterBytes = clusterStartBytes;
    return ms >= seamMs + BEHIND_MS;
  }

  /** @param until where the last block ends that was taken; `headBytes`: where the track's head does */
  async start(headBytes: number, until: number): Promise<SoundStart> {
    const { fromBytes, ms } = this.#cluster ?? { fromBytes: headBytes, ms: 0 };
    const firstFrame = this.keptFrames - COMPARED_FRAMES - FIRST_FRAMES;
    const old = await this.#decode("aac", this.#adtsFrom(firstFrame));
    const now = await this.#decode("matroska", this.#trackFrom(headBytes, fromBytes, until));
    // An encoder of AAC puts one frame before the sound: frame n is heard from sample (n - 1) x 1024 on.
    const compared = old.samples.subarray(FIRST_FRAMES * AAC_FRAME_SAMPLES);
    const comparedSample = (firstFrame + FIRST_FRAMES - 1) * AAC_FRAME_SAMPLES;
    // Which sample of the whole the decoding begins with: by the timestamps, and then by what is heard.
    const byTime = Math.round((ms * this.#rate) / 1000);
    const maxLag = Math.round((MAX_LAG_MS * this.#rate) / 1000);
    const lag = bestLag(compared, now.samples, comparedSample - byTime - now.first, maxLag) ?? 0;
    const firstSample = byTime - lag;
    const encodedFrame = Math.ceil((firstSample + SETTLE_SAMPLES) / AAC_FRAME_SAMPLES);
    this.#context.log.info(
      { keptFrames: this.keptFrames, lag, fromBytes },
      "sound goes on where an earlier run has ended",
    );
    return {
      fromBytes,
      aheadSamples: lag,
      skipSamples: encodedFrame * AAC_FRAME_SAMPLES - firstSample,
      dropFrames: this.keptFrames - encodedFrame,
    };
  }

  async *#adtsFrom(first: number): AsyncGenerator<Uint8Array> {
    const config = readAdtsConfig(Buffer.from(this.#earlier.header.audio?.configuration ?? "", "base64"));
    if (config === null) throw new Error("the earlier run has sound that ADTS cannot carry");
    const header = new Uint8Array(ADTS_HEADER_BYTES);
    for await (const frame of this.#earlier.frames(first, this.keptFrames)) {
      yield Buffer.concat([adtsHeader(config, frame.length, header), frame]);
    }
  }

  async *#trackFrom(headBytes: number, fromBytes: number, until: number): AsyncGenerator<Uint8Array> {
    yield* this.#tail.again(0, headBytes);
    yield* this.#tail.again(fromBytes, until);
  }

  /** @returns the end of what it decodes to */
  async #decode(format: "aac" | "matroska", input: AsyncIterable<Uint8Array>): Promise<Decoded> {
    const { config, inputLimits, signal } = this.#context;
    const keptBytes = KEPT_SECONDS * this.#rate * Int16Array.BYTES_PER_ELEMENT;
    let kept: Buffer = Buffer.alloc(0);
    let droppedBytes = 0;
    await runProgram(config.FFMPEG_PATH, followDecodeArgs(format, inputLimits), {
      signal,
      input: Readable.from(input),
      onBytes: (bytes) => {
        const all = Buffer.concat([kept, bytes]);
        kept = all.subarray(Math.max(0, all.length - keptBytes));
        droppedBytes += all.length - kept.length;
      },
      timeoutMs: DECODE_TIMEOUT_MS,
      memoryBytes: config.COMPILE_MEMORY_BYTES,
      cpuSeconds: DECODE_TIMEOUT_MS / 1000,
      fileBytes: 0,
    });
    // The first may be half a sample. Copied, so that it lies where 16-bit numbers may.
    const first = Math.ceil(droppedBytes / Int16Array.BYTES_PER_ELEMENT);
    const bytes = Uint8Array.from(kept.subarray(first * Int16Array.BYTES_PER_ELEMENT - droppedBytes));
    return { samples: new Int16Array(bytes.buffer, 0, bytes.length >> 1), first };
  }
}
