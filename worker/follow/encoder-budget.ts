/**
 * How many pictures a worker encodes while they are recorded: as many as the machine can, by what encoding was measured
 * to cost on it. Who finds no room is compiled afterwards.
 */
import { availableParallelism } from "node:os";
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { measureEncodingArgs, parseCpuSeconds } from "@/lib/media/measure-encoding";
import type { PictureSize } from "@/lib/media/picture-size";
import type { Config } from "@/lib/server/config/load";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import type { Log } from "@/lib/server/log";

type BudgetConfig = Pick<
  Config,
  "FFMPEG_PATH" | "FFPROBE_PATH" | "COMPILE_TIMEOUT_MINUTES" | "COMPILE_MEMORY_BYTES" | "FOLLOW_MAX_ENCODERS"
>;
type Preset = CompileSettings["preset"];

/** Of all cores; the rest is for what comes in, for sound, and for pictures that are harder than the one measured. */
const SHARE = 0.75;
/** Recorders are not asked for more. */
const PICTURES_PER_SECOND = 30;
const MEASURED = { size: { width: 1280, height: 720 }, seconds: 2 } as const;

/** CPU seconds for a pixel, by program and preset: measured once in the life of the process. */
const measured = new Map<string, Promise<number | null>>();

export class EncoderBudget {
  readonly #config: BudgetConfig;
  readonly #log: Log;
  readonly #cores: number;
  #takenCores = 0;
  #taken = 0;

  constructor(config: BudgetConfig, log: Log, cores: number = availableParallelism()) {
    this.#config = config;
    this.#log = log;
    this.#cores = cores;
  }

  /**
   * Takes what encoding a picture of this size needs. One is always admitted.
   *
   * @returns gives it back; null: there is no room
   */
  async take(preset: Preset, size: PictureSize): Promise<(() => void) | null> {
    const { FOLLOW_MAX_ENCODERS: most } = this.#config;
    const cores = most > 0 ? 0 : await this.coresFor(preset, size);
    const isRoom = most > 0 ? this.#taken < most : this.#takenCores + cores <= this.#cores * SHARE;
    if (!isRoom && this.#taken > 0) return null;
    this.#taken += 1;
    this.#takenCores += cores;
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      this.#taken -= 1;
      this.#takenCores -= cores;
    };
  }

  /** Cores that encoding such a picture in real time keeps busy. */
  async coresFor(preset: Preset, { width, height }: PictureSize): Promise<number> {
    const perPixel = await this.#measure(preset);
    // What cannot be measured is taken to need a core.
    return perPixel === null ? 1 : perPixel * width * height * PICTURES_PER_SECOND;
  }

  #measure(preset: Preset): Promise<number | null> {
    const key = `${this.#config.FFMPEG_PATH} ${preset}`;
    const known = measured.get(key);
    if (known !== undefined) return known;
    const measuring = measureEncoding(this.#config, preset).then((perPixel) => {
      const cores =
        perPixel === null ? null : perPixel * MEASURED.size.width * MEASURED.size.height * PICTURES_PER_SECOND;
      this.#log.info({ preset, coresFor720p: cores }, "what encoding costs was measured");
      return perPixel;
    });
    measured.set(key, measuring);
    return measuring;
  }
}

async function measureEncoding(config: BudgetConfig, preset: Preset): Promise<number | null> {
  const { size, seconds } = MEASURED;
  const { ffmpeg } = ffmpegOf(config, 1);
  try {
    const args = measureEncodingArgs(preset, size, PICTURES_PER_SECOND, seconds);
    const { stderr } = await ffmpeg(args, { signal: new AbortController().signal });
    const cpuSeconds = parseCpuSeconds(stderr);
    return cpuSeconds === null ? null : cpuSeconds / (size.width * size.height * PICTURES_PER_SECOND * seconds);
  } catch {
    return null;
  }
}
