/**
 * The sound of a stream on its way into the MP4. Frames follow one another as long as their times say so to the jitter of a
 * clock of milliseconds; where the encoder's clock drifts, the frame before takes it up; where sound is missing there is silence.
 */
import { type AacFacts, readAacConfig } from "@/lib/media/flv/codec-config";
import { silenceBetween, silentFrame } from "@/lib/media/flv/silence";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { Refusal } from "@/worker/follow/refusal";
import type { Segmenter } from "@/worker/follow/segmenter";

/** Sound may be this far from its time before it is put back: less is neither seen nor heard. */
const TOLERANCE_MS = 30;

export class StreamSound {
  readonly #segmenter: Segmenter;
  readonly #config: Buffer;
  readonly #facts: AacFacts;
  readonly #silence: Buffer | null;
  /** The last one that came: how long it lasts is known when the next one does. */
  #held: Uint8Array | null = null;
  #heldAtTicks = 0;
  #firstMs = 0;
  #lastMs = 0;
  /** Frames that came or were put in. */
  frames = 0;

  /** @param config AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) that can be read */
  constructor(segmenter: Segmenter, config: Buffer) {
    this.#segmenter = segmenter;
    this.#config = config;
    this.#facts = readAacConfig(config) as AacFacts;
    this.#silence = silentFrame(config);
  }

  /** @throws {Refusal} where sound is missing and no silence of its kind is known */
  async add(timestampMs: number, frame: Uint8Array): Promise<void> {
    if (this.#held !== null) {
      for (const atMs of silenceBetween(this.#lastMs, timestampMs, this.#facts)) {
        if (this.#silence === null) throw new Refusal("unreadable", `a gap in the sound at ${atMs} ms`);
        await this.#take(atMs, this.#silence);
      }
    }
    await this.#take(timestampMs, frame);
    this.#lastMs = timestampMs;
  }

  async end(): Promise<void> {
    if (this.#held !== null) await this.#give(this.#held, AAC_FRAME_SAMPLES);
    this.#held = null;
  }

  async #take(atMs: number, frame: Uint8Array): Promise<void> {
    const { sampleRate } = this.#facts;
    if (this.#held === null) this.#firstMs = atMs;
    else {
      const driftTicks = ((atMs - this.#firstMs) * sampleRate) / 1000 - (this.#heldAtTicks + AAC_FRAME_SAMPLES);
      const isOff = Math.abs(driftTicks) > (TOLERANCE_MS * sampleRate) / 1000;
      const ticks = isOff ? Math.max(1, Math.round(AAC_FRAME_SAMPLES + driftTicks)) : AAC_FRAME_SAMPLES;
      await this.#give(this.#held, ticks);
      this.#heldAtTicks += ticks;
    }
    this.#held = frame;
    this.frames += 1;
  }

  #give(frame: Uint8Array, ticks: number): Promise<void> {
    const { sampleRate, channels } = this.#facts;
    return this.#segmenter.addAudio(frame, { configuration: this.#config, sampleRate, channels }, ticks);
  }
}
