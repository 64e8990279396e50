/**
 * When a snapshot was taken, in media time of its recording: by the source's clock, which knows it to the millisecond, as
 * long as the server's clock can confirm it. A clock that lies is held within these bounds, and the recording lasts as
 * long as it did.
 */

/** What the source says of a snapshot; all in milliseconds. */
export interface SourceTime {
  /** By a clock of its own that only goes forward, since the epoch. */
  capturedMs: number;
  /** How long ago that was when it was sent. */
  ageMs: number;
}

/** A connection delays what it carries, and a busy server what it has received: the first perhaps more than the later ones. */
const MAX_APART_MS = 3000;
/** A source keeps no more than this while it is not connected. */
const MAX_AGE_MS = 10 * 60_000;

export class SnapshotClock {
  /** Source's time and server's time at which media time is 0; null: nothing came yet. */
  #origin: { capturedMs: number | null; arrivedMs: number } | null = null;
  #lastMs = -1;

  /**
   * A clock that goes on where a track ends.
   *
   * @param last its last snapshot: media time, by its source's clock (0: it did not say), and how long ago it was written
   */
  static resume(last: { atMs: number; capturedMs: number; sinceMs: number }, nowMs: number): SnapshotClock {
    const clock = new SnapshotClock();
    clock.#lastMs = last.atMs;
    clock.#origin = {
      capturedMs: last.capturedMs === 0 ? null : last.capturedMs - last.atMs,
      arrivedMs: nowMs - last.sinceMs - last.atMs,
    };
    return clock;
  }

  /** Media time of the last snapshot; -1: there is none. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /**
   * @param time null: the source says nothing, and arrival counts
   * @param nowMs by the server's clock, which only goes forward
   * @returns media time, whole milliseconds, later than that of the snapshot before
   */
  place(time: SourceTime | null, nowMs: number): number {
    const atMs = this.#lastMs < 0 && this.#origin === null ? this.#begin(time, nowMs) : this.measure(time, nowMs);
    this.#lastMs = Math.max(this.#lastMs + 1, Math.round(atMs));
    return this.#lastMs;
  }

  /** Media time of an instant, without taking note of it: when the session ended. Never before the last snapshot. */
  end(time: SourceTime | null, nowMs: number): number {
    return Math.max(this.#lastMs + 1, Math.round(this.measure(time, nowMs)));
  }

  private measure(time: SourceTime | null, nowMs: number): number {
    const origin = this.#origin;
    if (origin === null) return 0;
    const elapsedMs = nowMs - origin.arrivedMs - ageOf(time);
    if (time === null) return elapsedMs;
    // The first word of a source that had said nothing of time: from here on its clock counts.
    origin.capturedMs ??= time.capturedMs - elapsedMs;
    const claimedMs = time.capturedMs - origin.capturedMs;
    const atMs = Math.min(elapsedMs + MAX_APART_MS, Math.max(elapsedMs - MAX_APART_MS, claimedMs));
    // Set forward or back, it goes on from there.
    if (atMs !== claimedMs) origin.capturedMs = time.capturedMs - atMs;
    return atMs;
  }

  #begin(time: SourceTime | null, nowMs: number): number {
    this.#origin = { capturedMs: time?.capturedMs ?? null, arrivedMs: nowMs - ageOf(time) };
    return 0;
  }
}

function ageOf(time: SourceTime | null): number {
  return Math.min(MAX_AGE_MS, Math.max(0, time?.ageMs ?? 0));
}
