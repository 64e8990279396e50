/** Turns the phases of a compilation into one fraction that only grows, with an estimate of the time that is left. */
import type { CompileProgress } from "@/lib/protocol/recordings";

type Phase = CompileProgress["phase"];

/** Reports between changes of phase come at most this often. */
const MIN_INTERVAL_MS = 500;
/** Before this much is done an estimate would be a guess. */
const MIN_FRACTION_FOR_ETA = 0.05;

export class ProgressMeter {
  readonly #report: (progress: CompileProgress) => void;
  readonly #now: () => number;
  readonly #startedAtMs: number;
  #phase: Phase = "probing";
  #from = 0;
  #to = 0;
  #fraction = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that never goes back */
  constructor(report: (progress: CompileProgress) => void, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
    this.#startedAtMs = now();
  }

  /** Begins a phase. @param to fraction of the whole at its end; it begins where the one before was to end */
  begin(phase: Phase, to: number): void {
    this.#phase = phase;
    this.#from = this.#to;
    this.#to = Math.max(this.#from, to);
    this.#fraction = Math.max(this.#fraction, this.#from);
    this.#tell();
  }

  /** @param share of the phase that is done; less than before changes nothing */
  update(share: number): void {
    const bounded = Math.min(Math.max(share, 0), 1);
    this.#fraction = Math.max(this.#fraction, this.#from + (this.#to - this.#from) * bounded);
    if (this.#now() - this.#reportedAtMs >= MIN_INTERVAL_MS) this.#tell();
  }

  #tell(): void {
    this.#reportedAtMs = this.#now();
    const elapsedMs = this.#reportedAtMs - this.#startedAtMs;
    const isGuess = this.#fraction < MIN_FRACTION_FOR_ETA;
    this.#report({
      phase: this.#phase,
      fraction: this.#fraction,
      etaMs: isGuess ? null : Math.round((elapsedMs * (1 - this.#fraction)) / this.#fraction),
    });
  }
}
