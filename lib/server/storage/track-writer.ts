/**
 * The one append-only writer: every byte of every source goes to disk through it.
 *
 * Bytes are taken in order at the end of the file, written and synced in groups, and only then reported as durable. The
 * offset is the only truth: an append elsewhere than at the end is a conflict that changes nothing, and a repeat of
 * what is there is a success (as in tus 1.0, "Core protocol", Upload-Offset).
 *
 * A group is one `writev` and one `fdatasync`. It starts {@link TrackWriterOptions.syncIntervalMs} after its first byte
 * or once it holds 1 MiB; while one is on its way the next one gathers, so a slow disk makes larger groups.
 */
import { createHash, type Hash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { AppError } from "@/lib/domain/errors";
import { syncFolder } from "@/lib/server/storage/sync-folder";

// Plain descriptors, not FileHandles: the hot path is one callback for each call.
const open = promisify(fs.open);
const fstat = promisify(fs.fstat);
const fdatasync = promisify(fs.fdatasync);
const ftruncate = promisify(fs.ftruncate);

/** A group is synced at the latest when it holds this much. */
const GROUP_BYTES = 1024 ** 2;
/**
 * What may wait for the disk: all writers share this, each between 1 and 16 MiB. Above its share a source is to be
 * paused; half of it lets it go on. Larger shares make larger groups: 16 MiB took in a fifth more than 4 MiB.
 */
const WAITING_BYTES = { all: 512 * 1024 ** 2, least: 1024 ** 2, most: 16 * 1024 ** 2 };

/** Writers that are open in this process. */
let openWriters = 0;

/**
 * Files that could not be cut back after a failure, as when the file system has become read-only, and how much of each is
 * durable. What lies behind that may be anything, so such a file is cut before it is opened again.
 */
const uncutFiles = new Map<string, number>();

function highWaterBytes(): number {
  const { all, least, most } = WAITING_BYTES;
  return Math.min(most, Math.max(least, all / openWriters));
}

/** The calls the writer makes, so that tests can make them fail. */
export interface WriterFileSystem {
  writev(fd: number, buffers: Buffer[], position: number, done: (error: Error | null, written: number) => void): void;
  fdatasync(fd: number, done: (error: Error | null) => void): void;
}

export interface TrackWriterOptions {
  /** Longest time a byte waits before its group is written and synced, in milliseconds. */
  syncIntervalMs: number;
  /**
   * Called after every synced group with the new durable offset in bytes, and the milliseconds since the group's first
   * byte was taken.
   */
  onDurable: (durableOffset: number, waitedMs: number) => void;
  /** Called once, when a write or sync fails; the writer takes nothing more. Its file holds what was acknowledged. */
  onFailure: (error: AppError) => void;
  fileSystem?: WriterFileSystem;
  /** false: no digest is kept along the way, as it will be amended at the end. */
  hasDigest?: boolean;
  /** What the source can send again; see {@link TrackWriter.open}. */
  held?: HeldBytes | undefined;
}

/** Bytes of a track that its source still has: those before were acknowledged to it. */
export interface HeldBytes {
  fromOffset: number;
  endOffset: number;
}

export class TrackWriter {
  readonly #file: string;
  readonly #fd: number;
  readonly #options: TrackWriterOptions;
  readonly #fileSystem: WriterFileSystem;
  /** Hash of bytes [0, written), kept only when the writer saw them all. */
  #hash: Hash | null;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #endOffset: number;
  #durableOffset: number;
  /** When the first of the pending bytes was taken, by performance.now(). */
  #pendingSinceMs = 0;
  /** The same of the group that is on its way to the disk. */
  #syncingSinceMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isSyncing = false;
  #failure: AppError | null = null;
  #idleWaiters: (() => void)[] = [];
  #closed = false;

  private constructor(file: string, fd: number, size: number, options: TrackWriterOptions) {
    this.#file = file;
    this.#fd = fd;
    this.#options = options;
    this.#fileSystem = options.fileSystem ?? fs;
    this.#endOffset = size;
    this.#durableOffset = size;
    this.#hash = size === 0 && options.hasDigest !== false ? createHash("sha256") : null;
    openWriters += 1;
  }

  /**
   * Opens a track for appending, and makes it when it is not there. What the file holds is durable when this returns,
   * and so is its entry in the folder.
   *
   * After a power cut, what lies behind the last acknowledged byte may be anything: some file systems make a size durable
   * before its bytes, and nobody has noted where those ended, for that would be a second sync a group. A source that
   * still has all of it sends it again: it is cut off.
   *
   * @throws {AppError} storage_full or unavailable
   */
  static async open(file: string, options: TrackWriterOptions): Promise<TrackWriter> {
    let fd: number | null = null;
    try {
      // Not O_APPEND: positions are given, so that a group that is tried again can never be written twice.
      fd = await open(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o640);
      const durableOffset = uncutFiles.get(file);
      if (durableOffset !== undefined) await ftruncate(fd, durableOffset);
      const { held } = options;
      const { size } = await fstat(fd);
      if (held !== undefined && size > held.fromOffset && size <= held.endOffset) await ftruncate(fd, held.fromOffset);
      await fdatasync(fd);
      await syncFolder(path.dirname(file));
      uncutFiles.delete(file);
      return new TrackWriter(file, fd, (await fstat(fd)).size, options);
    } catch (error) {
      if (fd !== null) fs.closeSync(fd);
      throw storageError(error);
    }
  }

  /** Where the next byte goes: everything before it was accepted. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Everything before it is synced to disk. */
  get durableOffset(): number {
    return this.#durableOffset;
  }

  /** How long the oldest byte that is not durable has been waiting, in milliseconds; 0 when there is none. */
  get waitingMs(): number {
    if (this.#durableOffset === this.#endOffset) return 0;
    return performance.now() - (this.#isSyncing ? this.#syncingSinceMs : this.#pendingSinceMs);
  }

  /** The source should be paused until the durable offset has moved. */
  get isBehind(): boolean {
    return this.#endOffset - this.#durableOffset > highWaterBytes();
  }

  /** A paused source may go on. */
  get hasCaughtUp(): boolean {
    return this.#endOffset - this.#durableOffset <= highWaterBytes() / 2;
  }

  /**
   * Takes the next bytes. They are durable once `onDurable` reports an offset behind them.
   *
   * @param offset where the source believes they belong, in bytes; what lies before the end is skipped as a repeat
   * @param buffers the bytes, not copied: the caller must not change them afterwards
   * @throws {AppError} conflict with `expectedOffset` when there would be a hole
   */
  append(offset: number, buffers: readonly Buffer[]): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closed) throw new AppError("conflict", "track_closed", "This track is closed.");
    if (offset > this.#endOffset) {
      throw new AppError("conflict", "offset_mismatch", "Bytes are missing before these.", {
        facts: { expectedOffset: this.#endOffset },
      });
    }
    let repeated = this.#endOffset - offset;
    for (const buffer of buffers) {
      if (repeated >= buffer.length) {
        repeated -= buffer.length;
        continue;
      }
      if (this.#pendingBytes === 0) this.#pendingSinceMs = performance.now();
      const fresh = repeated > 0 ? buffer.subarray(repeated) : buffer;
      repeated = 0;
      this.#pending.push(fresh);
      this.#pendingBytes += fresh.length;
      this.#endOffset += fresh.length;
    }
    if (this.#pendingBytes >= GROUP_BYTES) this.#startGroup();
    else if (this.#pendingBytes > 0) this.#timer ??= setTimeout(() => this.#startGroup(), this.#options.syncIntervalMs);
  }

  /**
   * Makes everything that was accepted durable.
   *
   * @returns the durable offset, equal to the end
   * @throws {AppError} when a write or sync failed
   */
  async flush(): Promise<number> {
    while (this.#failure === null && (this.#isSyncing || this.#pendingBytes > 0)) {
      const idle = new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
      this.#startGroup();
      await idle;
    }
    if (this.#failure !== null) throw this.#failure;
    return this.#durableOffset;
  }

  /**
   * SHA-256 of everything that is durable, hex; null when this writer was opened on a file that already had bytes
   * (the caller then reads the file). Call it after {@link flush}.
   */
  digest(): string | null {
    return this.#hash === null ? null : this.#hash.copy().digest("hex");
  }

  /**
   * Writes over bytes that are durable: what a container says of itself in its head once it is complete. Everything is
   * durable afterwards; the digest has to be read from the file.
   *
   * @throws {AppError} conflict when they are not there; what a failed write or sync comes to
   */
  async amend(offset: number, bytes: Buffer): Promise<void> {
    const end = await this.flush();
    if (offset + bytes.length > end) throw new AppError("conflict", "offset_mismatch", "There is nothing to amend.");
    this.#hash = null;
    try {
      await promisify(this.#fileSystem.writev)(this.#fd, [bytes], offset);
      await promisify(this.#fileSystem.fdatasync)(this.#fd);
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Flushes what it can and closes the file. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    openWriters -= 1;
    await this.flush().catch(() => {});
    if (this.#timer !== null) clearTimeout(this.#timer);
    await new Promise<void>((resolve) => fs.close(this.#fd, () => resolve()));
  }

  #startGroup(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isSyncing || this.#pendingBytes === 0 || this.#failure !== null) return;
    this.#isSyncing = true;
    const buffers = this.#pending;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#hash !== null) for (const buffer of buffers) this.#hash.update(buffer);
    this.#syncingSinceMs = this.#pendingSinceMs;
    this.#write(buffers, bytes, this.#durableOffset, this.#syncingSinceMs);
  }

  #write(buffers: Buffer[], bytes: number, position: number, sinceMs: number): void {
    this.#fileSystem.writev(this.#fd, buffers, position, (error, written) => {
      if (error !== null) return this.#keepWhatFits(position, error, sinceMs);
      // A short write happens just before a disk is full; the rest says why.
      if (written < bytes) return this.#write(skip(buffers, written), bytes - written, position + written, sinceMs);
      this.#fileSystem.fdatasync(this.#fd, (syncError) => {
        if (syncError !== null) return this.#fail(syncError);
        this.#isSyncing = false;
        this.#durableOffset = position + bytes;
        this.#options.onDurable(this.#durableOffset, performance.now() - sinceMs);
        if (this.#pendingBytes >= GROUP_BYTES) this.#startGroup();
        else if (this.#pendingBytes > 0) {
          this.#timer ??= setTimeout(() => this.#startGroup(), this.#options.syncIntervalMs);
        }
        this.#wakeIdleWaiters();
      });
    });
  }

  /** On a full disk the beginning of the group may have found room: it counts. Then gives up. */
  #keepWhatFits(position: number, error: Error, sinceMs: number): void {
    if (position === this.#durableOffset || storageError(error).kind !== "storage_full") {
      this.#fail(error);
      return;
    }
    this.#fileSystem.fdatasync(this.#fd, (syncError) => {
      if (syncError === null) {
        this.#durableOffset = position;
        this.#options.onDurable(position, performance.now() - sinceMs);
      }
      this.#fail(error);
    });
  }

  /**
   * Gives up. After a failed fsync the kernel may have dropped the pages and call them clean, so what was not
   * acknowledged is cut off: a source that comes back sends it again.
   */
  #fail(error: Error): void {
    this.#failure = storageError(error);
    this.#isSyncing = false;
    this.#pending = [];
    this.#pendingBytes = 0;
    fs.ftruncate(this.#fd, this.#durableOffset, (cutError) => {
      if (cutError !== null) uncutFiles.set(this.#file, this.#durableOffset);
      this.#wakeIdleWaiters();
      this.#options.onFailure(this.#failure as AppError);
    });
  }

  #wakeIdleWaiters(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const wake of waiters) wake();
  }
}

function skip(buffers: Buffer[], bytes: number): Buffer[] {
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (bytes >= buffer.length) bytes -= buffer.length;
    else {
      rest.push(bytes > 0 ? buffer.subarray(bytes) : buffer);
      bytes = 0;
    }
  }
  return rest;
}

/** What a failed call on the disk means to the user. */
export function storageError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AppError("storage_full", "disk_full", "The server's disk is full.", { cause: error });
  }
  return new AppError("unavailable", "storage_failed", "The server's disk does not take the recording at the moment.", {
    cause: error,
    detail: String(error),
  });
}
