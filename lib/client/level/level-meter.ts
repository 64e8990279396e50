/** Listens to an audio track without changing it. */
import { type Level, levelOf, NO_SOUND } from "@/lib/client/level/levels";

/** 43 ms at 48 kHz: follows speech. */
const METER_SAMPLES = 2048;
/** 0.7 s at 48 kHz: enough that looking once a second, as hidden pages do, misses little. */
const SILENCE_SAMPLES = 32_768;

export class LevelMeter {
  readonly #context: AudioContext;
  readonly #short: AnalyserNode;
  readonly #long: AnalyserNode;
  readonly #shortSamples = new Float32Array(METER_SAMPLES);
  readonly #longSamples = new Float32Array(SILENCE_SAMPLES);

  constructor(track: MediaStreamTrack) {
    this.#context = new AudioContext();
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#short = new AnalyserNode(this.#context, { fftSize: METER_SAMPLES });
    this.#long = new AnalyserNode(this.#context, { fftSize: SILENCE_SAMPLES });
    source.connect(this.#short);
    source.connect(this.#long);
    this.wake();
  }

  /** Browsers may keep sound off until the page was clicked; call it then. */
  wake(): void {
    if (this.#context.state === "suspended") void this.#context.resume();
  }

  /** The level right now. */
  read(): Level {
    if (!this.#isListening) return NO_SOUND;
    this.#short.getFloatTimeDomainData(this.#shortSamples);
    return levelOf(this.#shortSamples);
  }

  /** Highest sample of the last 0.7 s in dBFS; null while the browser does not let the page listen. */
  recentPeakDb(): number | null {
    if (!this.#isListening) return null;
    this.#long.getFloatTimeDomainData(this.#longSamples);
    return levelOf(this.#longSamples).peakDb;
  }

  close(): void {
    void this.#context.close();
  }

  get #isListening(): boolean {
    return this.#context.state === "running";
  }
}
