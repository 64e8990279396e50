/**
 * Gives the blocks of a growing track to its timeline as soon as the clock has come as far: the clock is written later
 * than the track, and the timeline wants to know of the chunks before a block ends.
 */
import type { TrackKind } from "@/lib/domain/recording-state";
import { type ClockPoint, type MediaBlock, type TrackReport, TrackTimeline } from "@/lib/media/track-timeline";
import { Refusal } from "@/worker/follow/refusal";
import type { TrackTail } from "@/worker/follow/track-tail";

/** A track without a clock does not wait for one; some minutes of blocks. */
const MAX_WAITING_BLOCKS = 10_000;

export class TimelineFeed {
  readonly #kind: TrackKind;
  readonly #tail: TrackTail;
  readonly #timeline: TrackTimeline;
  #waiting: MediaBlock[] = [];
  #given = 0;

  constructor(tail: TrackTail) {
    this.#kind = tail.kind;
    this.#tail = tail;
    this.#timeline = new TrackTimeline({ kind: tail.kind, sizeBytes: Number.POSITIVE_INFINITY });
  }

  /** @throws {Refusal} when a block before it cannot be trusted */
  take({ timestampMs, keyframe, startBytes, endBytes, clusterStartBytes }: MediaBlock): void {
    this.#waiting.push({ timestampMs, keyframe, startBytes, endBytes, clusterStartBytes });
    this.catchUp();
  }

  /** What is known of how the track began; null: nothing yet. */
  get beginning(): TrackTimeline["beginning"] {
    return this.#timeline.beginning;
  }

  /** Gives what the clock has reached by now. @throws {Refusal} as `take` does */
  catchUp(): void {
    const { points } = this.#tail;
    // The newest may be that of the last chunk, which came at the stop and is not to be believed.
    this.#give(points.slice(this.#given, -1));
    const newest = points.at(-1)?.offsetBytes ?? 0;
    let ready = 0;
    while (ready < this.#waiting.length && (this.#waiting[ready] as MediaBlock).endBytes <= newest) ready += 1;
    ready = Math.max(ready, this.#waiting.length - MAX_WAITING_BLOCKS);
    this.#takeFirst(ready);
  }

  #give(points: readonly ClockPoint[]): void {
    if (points.length === 0) return;
    this.#timeline.addClock(points);
    this.#given += points.length;
  }

  #takeFirst(count: number): void {
    if (count === 0) return;
    for (const block of this.#waiting.splice(0, count)) {
      if (!this.#timeline.take(block)) throw new Refusal("unreadable", `${this.#kind} at ${block.timestampMs} ms`);
    }
  }

  /**
   * The end of a track that was read to its last byte.
   *
   * @throws {Refusal} when a reading afterwards would have to repair it, or there is nothing in it
   */
  finish(sizeBytes: number): TrackReport {
    this.#give(this.#tail.points.slice(this.#given).filter(({ offsetBytes }) => offsetBytes < sizeBytes));
    this.#takeFirst(this.#waiting.length);
    const report = this.#timeline.finish();
    if (report === null) throw new Refusal("no_tracks", this.#kind);
    if (report.holes.length + report.leaps.length + report.leftOut > 0) throw new Refusal("unreadable", this.#kind);
    return report;
  }
}
