/**
 * A recording of snapshots that runs: where each belongs in time, what is durable of them, and where the last ones lie, for
 * whoever watches. It outlives its connections.
 */
import type { AppError } from "@/lib/domain/errors";
import { SnapshotClock, type SourceTime } from "@/lib/domain/snapshot-clock";
import type { PictureSize } from "@/lib/media/picture-size";
import { type StoredSnapshot, snapshotCluster, snapshotTrackHead } from "@/lib/media/snapshot-track";
import type { LiveTrack, TrackListener } from "@/server/ingest/live-track";

/** What a recording tells the connection that feeds it. */
export interface SnapshotListener {
  /** Everything up to this snapshot is durable. */
  onDurable(sequence: number): void;
  /** Nothing more is recorded. */
  onEnd(error: AppError): void;
}

export class LiveSnapshots implements TrackListener {
  readonly recordingId: string;
  readonly sessionId: string;
  readonly ownerId: string;
  /** In order; those that are not durable yet at the end. */
  readonly stored: StoredSnapshot[];
  #clock: SnapshotClock;
  #track: LiveTrack | null = null;
  #listener: SnapshotListener | null = null;
  /** How many of `stored` are durable. */
  #durable: number;
  size: PictureSize | null = null;
  /** The end was told; nothing more is taken. */
  isOver = false;
  lastUsedAtMs = performance.now();

  constructor(ids: { recordingId: string; sessionId: string; ownerId: string }, snapshots: StoredSnapshot[] = []) {
    this.recordingId = ids.recordingId;
    this.sessionId = ids.sessionId;
    this.ownerId = ids.ownerId;
    this.stored = snapshots;
    this.#durable = snapshots.length;
    const last = snapshots.at(-1);
    this.#clock =
      last === undefined
        ? new SnapshotClock()
        : SnapshotClock.resume({ ...last, sinceMs: Math.max(0, Date.now() - last.arrivedMs) }, performance.now());
  }

  /** Of the last snapshot that came; 0: none has. */
  get lastSequence(): number {
    return this.stored.at(-1)?.sequence ?? 0;
  }

  get durableSequence(): number {
    return this.stored[this.#durable - 1]?.sequence ?? 0;
  }

  /** Media time of the last snapshot, milliseconds; 0: there is none. */
  get durationMs(): number {
    return Math.max(0, this.#clock.lastMs);
  }

  get isConnected(): boolean {
    return this.#listener !== null;
  }

  get track(): LiveTrack | null {
    return this.#track;
  }

  /** Gives the recording to a connection; the one that had it is ended. */
  attach(track: LiveTrack, listener: SnapshotListener | null, replaced: AppError): void {
    const before = this.#listener;
    this.#listener = null;
    before?.onEnd(replaced);
    if (this.#track !== track) {
      track.speaksProtocol = true;
      track.attach(this, replaced);
      this.#track = track;
    }
    this.#listener = listener;
    this.lastUsedAtMs = performance.now();
  }

  /** The connection has gone; the last snapshot stands until another comes. */
  detach(listener: SnapshotListener): void {
    if (this.#listener !== listener) return;
    this.#listener = null;
    this.release();
  }

  /** Lets the track go: it is closed when nobody takes it up again. */
  release(): void {
    this.#track?.detach(this);
    this.#track = null;
  }

  /**
   * Takes a snapshot that was looked at.
   *
   * @param sequence null: it is the next one
   * @returns its number; null when it is there already
   * @throws {AppError} when the track takes nothing more
   */
  take(
    jpeg: Buffer,
    size: PictureSize,
    about: { sequence: number | null; time: SourceTime | null },
    countBytes: (track: LiveTrack, bytes: number) => void,
  ): number | null {
    const track = this.#track;
    if (track === null) return null;
    const sequence = about.sequence ?? this.lastSequence + 1;
    if (sequence <= this.lastSequence) {
      if (sequence <= this.durableSequence) this.#listener?.onDurable(this.durableSequence);
      return null;
    }
    const head = track.endOffset === 0 ? [snapshotTrackHead(size)] : [];
    const capturedMs = Math.round(about.time?.capturedMs ?? 0);
    countBytes(track, jpeg.length + 200);
    const arrivedMs = Date.now();
    const atMs = this.#clock.place(about.time, performance.now());
    const { pieces, jpegOffset } = snapshotCluster({ atMs, sequence, capturedMs, arrivedMs }, jpeg);
    const start = track.endOffset + (head[0]?.length ?? 0);
    track.append(track.endOffset, [...head, ...pieces]);
    this.stored.push({ atMs, sequence, capturedMs, arrivedMs, offset: start + jpegOffset, sizeBytes: jpeg.length });
    this.size ??= size;
    this.lastUsedAtMs = performance.now();
    return sequence;
  }

  /** Media time at which the session ended. @param time null: now */
  end(time: SourceTime | null): number {
    this.isOver = true;
    return this.#clock.end(time, performance.now());
  }

  /** The durable snapshot that is shown at a media time. @param atMs null: the last one */
  shownAt(atMs: number | null): StoredSnapshot | null {
    if (atMs === null) return this.stored[this.#durable - 1] ?? null;
    let low = 0;
    let high = this.#durable;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.stored[middle] as StoredSnapshot).atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return this.stored[Math.max(0, low - 1)] ?? null;
  }

  onDurable(offset: number): void {
    const before = this.#durable;
    for (let next = this.stored[before]; next !== undefined; next = this.stored[this.#durable]) {
      if (next.offset + next.sizeBytes > offset) break;
      this.#durable += 1;
    }
    if (this.#durable > before) this.#listener?.onDurable(this.durableSequence);
  }

  onEnd(error: AppError): void {
    this.#track = null;
    this.isOver = true;
    const listener = this.#listener;
    this.#listener = null;
    listener?.onEnd(error);
  }
}
