/** Loudness of samples, and whether a microphone is silent. Levels are in dBFS: 0 is full scale, silence −∞. */

export interface Level {
  /** Root mean square. */
  rmsDb: number;
  peakDb: number;
}

export const NO_SOUND: Level = { rmsDb: -Infinity, peakDb: -Infinity };

/** @param samples from −1 to 1 */
export function levelOf(samples: Float32Array): Level {
  let sum = 0;
  let peak = 0;
  for (const sample of samples) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rmsDb: 20 * Math.log10(Math.sqrt(sum / samples.length)), peakDb: 20 * Math.log10(peak) };
}

/** The scale of a meter begins here; below is the noise of a quiet room. */
export const METER_FLOOR_DB = -60;

/** Where a level stands on the meter, from 0 to 1. */
export function meterFraction(levelDb: number): number {
  return Math.min(1, Math.max(0, 1 - levelDb / METER_FLOOR_DB));
}

/** For those who do not see the meter. */
export function levelInWords({ rmsDb, peakDb }: Level): string {
  if (peakDb >= -1) return "too loud";
  if (rmsDb < METER_FLOOR_DB) return "no sound";
  if (rmsDb < -45) return "very quiet";
  return rmsDb < -12 ? "good" : "loud";
}

/** Below this a microphone gives no sound at all: the noise of the quietest room is louder in all but dead ones. */
const SILENCE_DB = -60;
/** A pause for breath is shorter. */
const SILENCE_MS = 5000;

/** Notices a microphone that gives no sound. */
export class SilenceWatch {
  #quietSinceMs: number | null = null;

  /**
   * @param peakDb since the last call
   * @param nowMs of any steady clock
   * @returns whether there has been no sound for so long that somebody should look
   */
  hear(peakDb: number, nowMs: number): boolean {
    if (peakDb >= SILENCE_DB) this.#quietSinceMs = null;
    else this.#quietSinceMs ??= nowMs;
    return this.#quietSinceMs !== null && nowMs - this.#quietSinceMs >= SILENCE_MS;
  }

  /** Begins anew: what came before does not count, as while muted. */
  reset(): void {
    this.#quietSinceMs = null;
  }
}
