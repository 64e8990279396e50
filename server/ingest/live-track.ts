/**
 * A track that is being written by this process. It outlives its connections: a source that comes back finds it as it
 * left it, and a second connection of the same track takes it over from the first.
 */
import { AppError } from "@/lib/domain/errors";
import { clockFilename, trackFilename } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { whenDatabaseIsBack } from "@/lib/server/database/away";
import { beginTrack, finishTrack, type TrackStart } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { ClockLog } from "@/lib/server/storage/clock-log";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { type HeldBytes, TrackWriter } from "@/lib/server/storage/track-writer";

/** Which track: of which recording, take and kind. */
export interface TrackKey {
  recordingId: string;
  take: number;
  kind: TrackKind;
}

/** A track that is not one of a browser's recorder. */
export interface TrackFormat extends TrackStart {
  filename: string;
  /**
   * Called when the track is being finished and all its bytes are durable.
   *
   * @returns bytes that go over those at the beginning of the file
   */
  finishedHead: () => Buffer;
  /** It can be compiled while it grows. */
  isFollowable?: boolean;
}

/** What the source says that a track holds. */
interface Expected {
  offset?: number | undefined;
  sha256?: string | undefined;
}

/** What a track tells the connection that feeds it. */
export interface TrackListener {
  onDurable(offset: number): void;
  /** The track takes nothing more. The connection is to be closed with this. */
  onEnd(error: AppError): void;
}

/** What a track tells the process that holds it. */
export interface TrackObserver {
  /** Bytes became durable, `waitedMs` after the first of them had come. */
  onDurable(kind: TrackKind, bytes: number, waitedMs: number): void;
  onFailure(track: LiveTrack, error: AppError): void;
}

export class LiveTrack {
  readonly key: TrackKey;
  readonly ownerId: string;
  readonly #services: Services;
  readonly #writer: TrackWriter;
  readonly #clock: ClockLog;
  readonly #filename: string;
  readonly #format: TrackFormat | undefined;
  #listener: TrackListener | null = null;
  #hasClockHeader = false;
  /** Calls of {@link finish} that are on their way or have succeeded. */
  #finishes = 0;
  /** Set for announced tracks, and once anything but bytes came: the source says itself when it is done. */
  speaksProtocol = false;
  /** When bytes last came, milliseconds since the epoch. */
  lastByteAtMs = Date.now();

  private constructor(
    services: Services,
    key: TrackKey,
    ownerId: string,
    writer: TrackWriter,
    format: TrackFormat | undefined,
  ) {
    this.key = key;
    this.ownerId = ownerId;
    this.#services = services;
    this.#format = format;
    this.#filename = filenameOf(key, format);
    this.#clock = new ClockLog(services.folder.file(key.recordingId, clockFilename(this.#filename)));
    this.#writer = writer;
  }

  /**
   * Opens the file and enters the track into the database.
   *
   * @param held what the source says it can send again; see TrackWriter.open
   * @throws {AppError} when either cannot be done
   */
  static async open(
    services: Services,
    key: TrackKey,
    ownerId: string,
    { onDurable, onFailure }: TrackObserver,
    held?: HeldBytes,
    format?: TrackFormat,
  ): Promise<LiveTrack> {
    await services.folder.confirm();
    // The writer reports to a track that is made from it; nothing is reported before the first append.
    let track: LiveTrack | null = null;
    let durableBefore = 0;
    const writer = await TrackWriter.open(services.folder.file(key.recordingId, filenameOf(key, format)), {
      hasDigest: format === undefined,
      syncIntervalMs: services.config.SYNC_INTERVAL_MS,
      held,
      onDurable: (offset, waitedMs) => {
        onDurable(key.kind, offset - durableBefore, waitedMs);
        // From its first bytes on it can be compiled; asked for again, it is one job.
        if ((format === undefined || format.isFollowable) && durableBefore === 0 && offset > 0)
          void services.followQueue.add("follow", key.recordingId);
        durableBefore = offset;
        track?.reportDurable(offset);
      },
      onFailure: (error) => {
        if (track === null) return;
        services.log.error({ ...key, code: error.code, detail: error.detail }, "track cannot be written");
        onFailure(track, error);
        track.end(error);
      },
    });
    durableBefore = writer.durableOffset;
    track = new LiveTrack(services, key, ownerId, writer, format);
    try {
      await beginTrack(services, key.recordingId, key.take, key.kind, format);
    } catch (error) {
      await writer.close();
      throw error;
    }
    return track;
  }

  /** Gives the track to a connection; the one that had it is ended. */
  attach(listener: TrackListener, replaced: AppError): void {
    this.#listener?.onEnd(replaced);
    this.#listener = listener;
  }

  /** @returns whether the connection still had the track */
  detach(listener: TrackListener): boolean {
    if (this.#listener !== listener) return false;
    this.#listener = null;
    return true;
  }

  private reportDurable(offset: number): void {
    this.#listener?.onDurable(offset);
  }

  get isAttached(): boolean {
    return this.#listener !== null;
  }

  get endOffset(): number {
    return this.#writer.endOffset;
  }

  get durableOffset(): number {
    return this.#writer.durableOffset;
  }

  /** How long the oldest byte that is not durable has been waiting, in milliseconds. */
  get waitingMs(): number {
    return this.#writer.waitingMs;
  }

  get isBehind(): boolean {
    return this.#writer.isBehind;
  }

  get hasCaughtUp(): boolean {
    return this.#writer.hasCaughtUp;
  }

  /** Takes the next bytes, see TrackWriter.append. @throws {AppError} conflict also while the track is being finished */
  append(offset: number, buffers: readonly Buffer[]): void {
    // A connection may have taken the track over from the one that is finishing it.
    if (this.#finishes > 0) throw trackFinished();
    this.#writer.append(offset, buffers);
    this.lastByteAtMs = Date.now();
  }

  /** Notes when the bytes before `offset` were handed over, by the page's clock or, for sources without, by ours. */
  noteClock(offset: number, ms: number, clock: "page" | "server", browser: string): void {
    if (!this.#hasClockHeader) {
      this.#hasClockHeader = true;
      this.#clock.add({ clock, browser });
    }
    this.#clock.add({ o: offset, p: Math.round(ms * 10) / 10 });
  }

  async describe(start: TrackStart): Promise<void> {
    const { recordingId, take, kind } = this.key;
    await whenDatabaseIsBack(() => beginTrack(this.#services, recordingId, take, kind, start));
  }

  /** Makes everything durable; @returns the durable offset */
  async flush(): Promise<number> {
    return this.#writer.flush();
  }

  /**
   * Completes the track: all bytes durable, their number and digest as the source says, the row written.
   *
   * @returns SHA-256 of the track, hex
   * @param ending ends the waiting for a database that is away
   * @throws {AppError} conflict when the number differs, unprocessable when the digest does, unavailable when the
   *   database stays away
   */
  async finish(expected: Expected = {}, ending?: AbortSignal): Promise<string> {
    this.#finishes += 1;
    try {
      return await this.#finish(expected, ending);
    } catch (error) {
      this.#finishes -= 1;
      throw error;
    }
  }

  async #finish(expected: Expected, ending?: AbortSignal): Promise<string> {
    const sizeBytes = await this.#writer.flush();
    if (expected.offset !== undefined && expected.offset !== sizeBytes) {
      throw new AppError("conflict", "offset_mismatch", "The server has another number of bytes than were sent.", {
        facts: { expectedOffset: sizeBytes },
      });
    }
    const { recordingId, take, kind } = this.key;
    if (this.#format !== undefined && sizeBytes > 0) await this.#writer.amend(0, this.#format.finishedHead());
    const file = this.#services.folder.file(recordingId, this.#filename);
    const sha256 = this.#writer.digest() ?? (await sha256OfFile(file));
    if (expected.sha256 !== undefined && expected.sha256 !== sha256) {
      throw new AppError("unprocessable", "digest_mismatch", "The bytes on the server are not those that were sent.");
    }
    await this.#clock.write({ sync: true });
    await whenDatabaseIsBack(
      () => finishTrack(this.#services, recordingId, take, kind, { sizeBytes, sha256 }),
      ending === undefined ? {} : { signal: ending },
    );
    return sha256;
  }

  /** Tells the connection that it is over; the writer is closed by {@link close}. */
  end(error: AppError): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.onEnd(error);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#clock.write().catch(() => {});
  }

  /** Closes a track whose recording is being deleted. */
  async discard(): Promise<void> {
    await this.#writer.close();
  }
}

function filenameOf({ kind, take }: TrackKey, format: TrackFormat | undefined): string {
  return format?.filename ?? trackFilename(kind, take);
}

/** What a source hears that sends bytes behind the end. */
export function trackFinished(): AppError {
  return new AppError("conflict", "track_finished", "This track is finished already.");
}
