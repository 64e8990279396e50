/**
 * All tracks that this process writes: who feeds which, what becomes of a recording when its tracks end, and what is
 * told to the database while bytes flow. One per process; only one process may append to a track.
 */
import { AppError, recordingNotFound } from "@/lib/domain/errors";
import { expectedKinds } from "@/lib/domain/take-tracks";
import type { Principal } from "@/lib/server/auth/authenticate";
import { whenDatabaseIsBack } from "@/lib/server/database/away";
import { findOwned } from "@/lib/server/recordings/find";
import { noteSizes, reopenRecording, stopRecording, stopWhenComplete } from "@/lib/server/recordings/lifecycle";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import type { HeldBytes } from "@/lib/server/storage/track-writer";
import { limitBytes, usedBytes } from "@/lib/server/users/accounts";
import { LiveTrack, type TrackFormat, type TrackKey, type TrackObserver } from "@/server/ingest/live-track";

/** How often the database hears which recordings have had bytes: one statement for all of them. */
const TOUCH_INTERVAL_MS = 5000;
/** A track nobody feeds is closed after this; its file stays and is opened again when the source comes back. */
const IDLE_TRACK_MS = 60_000;
/** A recording that announced no tracks waits this long for the other one before it counts as complete. */
const SECOND_TRACK_GRACE_MS = 3000;

/** Bytes a user has, as far as this process knows; counts on while tracks are open. */
interface Usage {
  usedBytes: number;
  /** null: no limit */
  limitBytes: number | null;
  tracks: number;
}

/** Who counts what the ingest does. */
export interface IngestObserver {
  onDurable: TrackObserver["onDurable"];
  /** A track could not be written any more. */
  onFailure(error: AppError): void;
}

export class Ingest {
  readonly #services: Services;
  readonly #observer: IngestObserver;
  readonly #tracks = new Map<string, Promise<LiveTrack>>();
  readonly #open = new Set<LiveTrack>();
  readonly #usage = new Map<string, Usage>();
  readonly #graceTimers = new Map<string, NodeJS.Timeout>();
  readonly #touchTimer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #touchedAtMs = Date.now();
  /** Aborted when the process ends. */
  readonly #ending = new AbortController();

  constructor(services: Services, observer: IngestObserver) {
    this.#services = services;
    this.#observer = observer;
    this.#touchTimer = setInterval(() => void this.#touch(), TOUCH_INTERVAL_MS);
    this.#unsubscribe = services.changes.subscribe((change) => {
      if (change.kind === "deleted") this.#drop(change.recordingId);
    });
  }

  /** Tracks that are being written. */
  get openTracks(): ReadonlySet<LiveTrack> {
    return this.#open;
  }

  /** Recording sockets that are open. */
  get socketCount(): number {
    let count = 0;
    for (const { tracks } of this.#usage.values()) count += tracks;
    return count;
  }

  /**
   * The recording a source may write to. One that was ended because its source had gone is opened again.
   *
   * @throws {AppError} not_found; conflict when it has ended
   */
  async admit(principal: Principal, key: TrackKey): Promise<RecordingWithParts> {
    const recording = await findOwned(this.#services, principal, key.recordingId);
    if (!recording.takes.some(({ number }) => number === key.take)) {
      throw new AppError("not_found", "take_not_found", "The recording has no such take.");
    }
    if (recording.state === "recording") return recording;
    const track = findTrack(recording, key);
    if (track?.finishedAt != null) return recording;
    // An announced track that never came may still be with its source.
    const isAwaited = track !== undefined || expectedKinds(recording, key.take).includes(key.kind);
    if (isAwaited && (await reopenRecording(this.#services, key.recordingId))) return recording;
    if (isAwaited && recording.state === "compiling") {
      // It was taken for abandoned. What the source still has is added when the worker is done with what there is.
      throw new AppError("unavailable", "compiling", "The recording is being compiled. It goes on after that.");
    }
    throw new AppError("conflict", "recording_ended", "This recording has ended.");
  }

  /**
   * The track, opened when it is not; everything it holds is durable.
   *
   * @param held what its source can send again
   * @param format of a track that is none of a browser's recorder
   * @throws {AppError}
   */
  async openTrack(key: TrackKey, ownerId: string, held?: HeldBytes, format?: TrackFormat): Promise<LiveTrack> {
    if (this.#ending.signal.aborted) throw new AppError("unavailable", "restarting", "The server is restarting.");
    const name = nameOf(key);
    let opening = this.#tracks.get(name);
    if (opening === undefined) {
      const observer: TrackObserver = {
        onDurable: this.#observer.onDurable,
        onFailure: (track, error) => {
          this.#observer.onFailure(error);
          this.#forget(track);
          void track.close();
        },
      };
      opening = LiveTrack.open(this.#services, key, ownerId, observer, held, format);
      this.#tracks.set(name, opening);
      opening.then(
        (track) => this.#open.add(track),
        () => this.#tracks.delete(name),
      );
    }
    const track = await opening;
    await track.flush();
    this.#stopGrace(key.recordingId);
    return track;
  }

  /** Does something with a track's file while nobody writes it: a writer that is open is closed before. */
  async betweenWriters<T>(key: TrackKey, work: () => Promise<T>): Promise<T> {
    const track = await this.#tracks.get(nameOf(key))?.catch(() => null);
    if (track != null) {
      this.#forget(track);
      await track.close();
    }
    return work();
  }

  /** Counts a user's socket and loads what the user may keep. @throws {AppError} rate_limited, storage_full */
  async enter(userId: string): Promise<void> {
    const { config, database } = this.#services;
    const user = await database.user.findUniqueOrThrow({ where: { id: userId } });
    const used = await usedBytes(this.#services, userId);
    const usage = this.#usage.get(userId) ?? { usedBytes: used, limitBytes: null, tracks: 0 };
    if (usage.tracks >= config.MAX_SOCKETS_PER_USER) {
      throw new AppError("rate_limited", "too_many_sockets", "Too many recordings are running for this account.");
    }
    usage.limitBytes = limitBytes(user, config);
    usage.usedBytes = Math.max(usage.usedBytes, used);
    if (usage.limitBytes !== null && usage.usedBytes >= usage.limitBytes) throw quotaExceeded();
    usage.tracks += 1;
    this.#usage.set(userId, usage);
  }

  leave(userId: string): void {
    const usage = this.#usage.get(userId);
    if (usage !== undefined && --usage.tracks === 0) this.#usage.delete(userId);
  }

  /** Counts bytes before they are taken. @throws {AppError} storage_full, too_large */
  countBytes(track: LiveTrack, bytes: number): void {
    if (track.endOffset + bytes > this.#services.config.MAX_TRACK_BYTES) {
      throw new AppError("too_large", "track_too_large", "This track has reached the largest size the server takes.");
    }
    const usage = this.#usage.get(track.ownerId);
    if (usage === undefined) return;
    if (usage.limitBytes !== null && usage.usedBytes + bytes > usage.limitBytes) throw quotaExceeded();
    usage.usedBytes += bytes;
  }

  /** Completes a track and, when it was the last one, the recording. @returns SHA-256 of the track, hex */
  async finishTrack(
    track: LiveTrack,
    expected: { offset?: number; sha256?: string | undefined } = {},
  ): Promise<string> {
    const sha256 = await track.finish(expected, this.#ending.signal);
    this.#forget(track);
    await track.close();
    await this.endWhenComplete(track.key.recordingId);
    return sha256;
  }

  /** Completes a track whose source may go on with another take: the recording goes on. */
  async closeTrack(track: LiveTrack): Promise<void> {
    try {
      await track.finish({}, this.#ending.signal);
    } finally {
      this.#forget(track);
      await track.close();
    }
  }

  /** Ends a recording all of whose tracks are there; one that announced none after a moment without any. */
  async endWhenComplete(recordingId: string): Promise<void> {
    if (this.#tracksOf(recordingId).length > 0) return;
    const { signal } = this.#ending;
    if ((await whenDatabaseIsBack(() => stopWhenComplete(this.#services, recordingId), { signal })) !== null) return;
    this.#stopGrace(recordingId);
    const end = async () => {
      this.#graceTimers.delete(recordingId);
      if (this.#tracksOf(recordingId).length > 0) return;
      await whenDatabaseIsBack(() => stopWhenComplete(this.#services, recordingId, { isOver: true }), { signal });
    };
    const timer = setTimeout(
      () => void end().catch((error) => this.#services.log.error({ recordingId, error }, "recording was not ended")),
      SECOND_TRACK_GRACE_MS,
    );
    this.#graceTimers.set(recordingId, timer);
  }

  /** Ends a recording now, with what its tracks have. @throws {AppError} when that cannot be made durable */
  async endNow(recordingId: string): Promise<void> {
    this.#stopGrace(recordingId);
    for (const track of this.#tracksOf(recordingId)) {
      await track.finish();
      this.#forget(track);
      track.end(new AppError("conflict", "recording_ended", "This recording has ended."));
      await track.close();
    }
    await stopRecording(this.#services, recordingId);
  }

  /**
   * Lets every source go so that it comes back to the next process. Sources that cannot come back have their tracks
   * finished.
   */
  async close(): Promise<void> {
    this.#ending.abort();
    clearInterval(this.#touchTimer);
    this.#unsubscribe();
    for (const timer of this.#graceTimers.values()) clearTimeout(timer);
    // What is just being opened is among the open ones then.
    await Promise.allSettled(this.#tracks.values());
    await Promise.all(
      [...this.#open].map(async (track) => {
        try {
          await track.flush();
          if (!track.speaksProtocol) await track.finish({}, this.#ending.signal);
        } catch (error) {
          this.#services.log.error({ ...track.key, error }, "track was not closed well");
        }
        track.end(new AppError("unavailable", "restarting", "The server is restarting."));
        await track.close();
      }),
    );
    // Recordings whose last track was finished just now, or that waited for a second one.
    const recordings = new Set([
      ...this.#graceTimers.keys(),
      ...[...this.#open].filter(({ speaksProtocol }) => !speaksProtocol).map(({ key }) => key.recordingId),
    ]);
    for (const recordingId of recordings) {
      // What cannot be ended now is when the next process starts.
      await stopWhenComplete(this.#services, recordingId, { isOver: true }).catch((error) =>
        this.#services.log.error({ recordingId, error }, "recording was not ended"),
      );
    }
  }

  #tracksOf(recordingId: string): LiveTrack[] {
    return [...this.#open].filter((track) => track.key.recordingId === recordingId);
  }

  #forget(track: LiveTrack): void {
    this.#tracks.delete(nameOf(track.key));
    this.#open.delete(track);
  }

  #drop(recordingId: string): void {
    this.#stopGrace(recordingId);
    for (const track of this.#tracksOf(recordingId)) {
      this.#forget(track);
      track.end(recordingNotFound());
      void track.discard();
    }
  }

  #stopGrace(recordingId: string): void {
    clearTimeout(this.#graceTimers.get(recordingId));
    this.#graceTimers.delete(recordingId);
  }

  /** Tells the database who is alive, and closes what nobody has fed for a while. */
  async #touch(): Promise<void> {
    const since = this.#touchedAtMs;
    this.#touchedAtMs = Date.now();
    const active = new Set<string>();
    for (const track of this.#open) {
      // Who is connected and sends nothing is paused, not gone.
      if (track.isAttached || track.lastByteAtMs >= since) active.add(track.key.recordingId);
      else if (Date.now() - track.lastByteAtMs > IDLE_TRACK_MS) {
        this.#forget(track);
        await track.close();
        await noteSizes(this.#services, track.key.recordingId).catch(() => {});
      }
    }
    if (active.size === 0) return;
    await this.#services.database.recording
      .updateMany({ where: { id: { in: [...active] }, state: "recording" }, data: { lastByteAt: new Date() } })
      .catch((error) => this.#services.log.warn({ error: String(error) }, "the database did not hear what is live"));
  }
}

/** The row of a track, when there is one. */
export function findTrack(recording: RecordingWithParts, { take, kind }: TrackKey) {
  return recording.tracks.find((track) => track.takeNumber === take && track.kind === kind);
}

function nameOf({ recordingId, take, kind }: TrackKey): string {
  return `${recordingId}/${take}/${kind}`;
}

function quotaExceeded(): AppError {
  return new AppError("storage_full", "quota_exceeded", "Your storage is full. Delete recordings to make room.");
}
