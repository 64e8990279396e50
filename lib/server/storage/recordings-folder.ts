/**
 * The recordings on the local disk: a folder each, named after the id. The only place where a path inside it is made;
 * ids are checked here, file names come from lib/domain/names.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { AppError, recordingNotFound } from "@/lib/domain/errors";
import { isPiecesFolder, isRecordingId, WORK_FOLDER } from "@/lib/domain/names";
import { syncFile, syncFolder } from "@/lib/server/storage/sync-folder";

/** Carries the id of the installation whose recordings these are; see installation.ts. */
const MARK_FILE = ".tapedeck.json";
/** There while the clean-up stands still, with the reason. */
const ALARM_FILE = ".cleanup-stopped.json";

/** A clean-up that was stopped because it would have removed too much. */
export interface CleanupAlarm {
  /** ISO 8601. */
  at: string;
  recordings: number;
  ofAll: number;
}

export class RecordingsFolder {
  /** Absolute path. */
  readonly root: string;
  /** null: not settled yet, any folder will do */
  #expectedMark: string | null = null;

  constructor(root: string) {
    this.root = path.resolve(root);
  }

  /** Id of the installation that the folder carries; null when it carries none, or is not there. */
  async readMark(): Promise<string | null> {
    try {
      const { installation } = JSON.parse(await fs.readFile(path.join(this.root, MARK_FILE), "utf8"));
      return String(installation);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      // Torn or unreadable: certainly not ours.
      if (error instanceof SyntaxError) return "unreadable";
      throw error;
    }
  }

  /** Marks the folder, durably. */
  async writeMark(installation: string): Promise<void> {
    const temporary = path.join(this.root, `${MARK_FILE}.${randomUUID()}`);
    await fs.writeFile(temporary, `${JSON.stringify({ installation })}\n`, { mode: 0o640, flush: true });
    await fs.rename(temporary, path.join(this.root, MARK_FILE));
    await syncFolder(this.root);
  }

  /** From now on the folder must carry this id whenever something is made or removed in it. */
  expectMark(installation: string): void {
    this.#expectedMark = installation;
  }

  /**
   * Makes sure that this is still the folder it was at the start: a disk can be unmounted, or another one mounted.
   *
   * @throws {AppError} unavailable
   */
  async confirm(): Promise<void> {
    if (this.#expectedMark === null) return;
    const mark = await this.readMark().catch(String);
    if (mark === this.#expectedMark) return;
    throw new AppError("unavailable", "recordings_missing", "The server cannot reach its recordings at the moment.", {
      detail: `${this.root} carries ${mark ?? "no mark"}, not ${this.#expectedMark}`,
    });
  }

  /** Gives the alarm of a stopped clean-up to every process; null ends it. */
  async setCleanupAlarm(alarm: CleanupAlarm | null): Promise<void> {
    const file = path.join(this.root, ALARM_FILE);
    if (alarm === null) await fs.rm(file, { force: true });
    else await fs.writeFile(file, `${JSON.stringify(alarm)}\n`, { mode: 0o640 });
  }

  async hasCleanupAlarm(): Promise<boolean> {
    return fs.access(path.join(this.root, ALARM_FILE)).then(
      () => true,
      () => false,
    );
  }

  /** Ids of the recordings that have a folder; none when the root is not there. */
  async list(): Promise<string[]> {
    try {
      return (await fs.readdir(this.root)).filter(isRecordingId);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  /** @throws when the folder cannot be made or written to */
  async prepare(): Promise<void> {
    await fs.mkdir(this.root, { recursive: true, mode: 0o750 });
    await fs.access(this.root, fs.constants.W_OK | fs.constants.R_OK | fs.constants.X_OK);
  }

  /** @throws {AppError} not_found when the id is none of ours, so that no other path can be reached */
  folder(recordingId: string): string {
    if (!isRecordingId(recordingId)) throw recordingNotFound();
    return path.join(this.root, recordingId);
  }

  /** @param filename from lib/domain/names or a row of the database */
  file(recordingId: string, filename: string): string {
    if (filename !== path.basename(filename) || filename.startsWith(".")) throw recordingNotFound();
    return path.join(this.folder(recordingId), filename);
  }

  /** Makes a recording's folder, durably. @throws {AppError} unavailable, see {@link confirm} */
  async create(recordingId: string): Promise<void> {
    await this.confirm();
    await fs.mkdir(this.folder(recordingId), { mode: 0o750 });
    await syncFolder(this.root);
  }

  /** A folder for files in the making, inside the recording's own so that a rename out of it is atomic. */
  async makeWorkFolder(recordingId: string, name: string): Promise<string> {
    const parent = path.join(this.folder(recordingId), WORK_FOLDER);
    // Not recursive: a recording that was deleted must not come back as a folder.
    await fs.mkdir(parent, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const folder = path.join(parent, path.basename(name));
    await fs.rm(folder, { recursive: true, force: true });
    try {
      await fs.mkdir(folder, { mode: 0o750 });
    } catch (error) {
      // Whoever was done with the folder around it has just removed it; of a deleted recording it cannot be made again.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return this.makeWorkFolder(recordingId, name);
    }
    return folder;
  }

  async removeWorkFolder(recordingId: string): Promise<void> {
    await fs.rm(path.join(this.folder(recordingId), WORK_FOLDER), { recursive: true, force: true });
  }

  /** The same, but for pieces of pictures that were finished: the next attempt goes on with them. */
  removeWorkButPieces(recordingId: string): Promise<void> {
    return this.#removeWork(recordingId, (name) => !isPiecesFolder(name));
  }

  removePieces(recordingId: string): Promise<void> {
    return this.#removeWork(recordingId, isPiecesFolder);
  }

  async #removeWork(recordingId: string, isRemoved: (name: string) => boolean): Promise<void> {
    const parent = path.join(this.folder(recordingId), WORK_FOLDER);
    const names = await fs.readdir(parent).catch(() => []);
    for (const name of names.filter(isRemoved)) await fs.rm(path.join(parent, name), { recursive: true, force: true });
    // Unless somebody else is at work in it.
    await fs.rmdir(parent).catch(() => {});
  }

  /** Moves a finished file to its name: synced before, its entry after, so that it is there whole or not at all. */
  async publish(workFile: string, recordingId: string, filename: string): Promise<void> {
    await syncFile(workFile);
    await fs.rename(workFile, this.file(recordingId, filename));
    await syncFolder(this.folder(recordingId));
  }

  /** Removes one file of a recording; one that is not there is a success. @throws {AppError} unavailable */
  async removeFile(recordingId: string, filename: string): Promise<void> {
    await this.confirm();
    await fs.rm(this.file(recordingId, filename), { force: true });
    await syncFolder(this.folder(recordingId));
  }

  /**
   * Removes a recording's folder with all that is in it; one that is not there is a success.
   *
   * @throws {AppError} unavailable, see {@link confirm}
   */
  async removeRecording(recordingId: string): Promise<void> {
    await this.confirm();
    // Tried again when a file came into it at the same instant (ENOTEMPTY): a socket or compilation that lets go.
    await fs.rm(this.folder(recordingId), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await syncFolder(this.root);
  }

  /** Size in bytes; null when there is no such file. */
  async size(recordingId: string, filename: string): Promise<number | null> {
    try {
      return (await fs.stat(this.file(recordingId, filename))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  /** Bytes an unprivileged process may still write. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await fs.statfs(this.root);
    return bavail * bsize;
  }
}

/** SHA-256 of a file, hex, read as a stream. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1024 ** 2 }), hash);
  return hash.digest("hex");
}
