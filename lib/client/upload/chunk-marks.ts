/**
 * What is remembered of each chunk until the server has it: where it ended, when it was handed over, and how much had
 * been recorded by then. It answers which clock messages go with which bytes, and how far a recording is safe.
 */

export interface ChunkMark {
  /** Offset behind the chunk's last byte. */
  endOffset: number;
  /** `performance.now()` when the chunk was handed over. */
  perfMs: number;
  /** Recorded time that had certainly been handed over by then, without pauses. */
  coveredMs: number;
}

export class ChunkMarks {
  /** Ascending; all after the released offset. */
  #marks: ChunkMark[] = [];
  #releasedOffset = 0;
  #safeMs = 0;

  /** @param mark not before the last one; a chunk without bytes says that there was nothing more to hand over */
  add(mark: ChunkMark): void {
    if (mark.endOffset <= this.#releasedOffset) this.#safeMs = mark.coveredMs;
    else this.#marks.push(mark);
  }

  /** Recorded time of which the server has every byte of this track. */
  get safeMs(): number {
    return this.#safeMs;
  }

  /** Marks of the chunks that end after `from` and at or before `to`, or are cut by `to`. */
  between(from: number, to: number): ChunkMark[] {
    const cut = this.#marks.findIndex(({ endOffset }) => endOffset >= to);
    return this.#marks.slice(0, cut === -1 ? undefined : cut + 1).filter(({ endOffset }) => endOffset > from);
  }

  /** The server has everything before `offset`: marks up to there become safe time and are forgotten. */
  release(offset: number): void {
    this.#releasedOffset = offset;
    const kept = this.#marks.findIndex(({ endOffset }) => endOffset > offset);
    const gone = kept === -1 ? this.#marks.splice(0) : this.#marks.splice(0, kept);
    this.#safeMs = gone.at(-1)?.coveredMs ?? this.#safeMs;
  }
}

/**
 * Recorded time of which the server has all tracks.
 *
 * @param safeMsOfTracks {@link ChunkMarks.safeMs} of each track of the recording
 */
export function safeTimeMs(safeMsOfTracks: readonly number[]): number {
  return safeMsOfTracks.length === 0 ? 0 : Math.min(...safeMsOfTracks);
}
