/**
 * What cameras sent, on the local disk: `cameras/{camera_id}/` beside the recordings, with the segments, an index of key
 * frames beside each, and a folder of thumbnails. The only place where a path inside it is made.
 */
import fs from "node:fs/promises";
import path from "node:path";
import {
  CAMERA_THUMBNAILS_FOLDER,
  indexFilename,
  isCameraId,
  isSegmentFilename,
  segmentFilename,
} from "@/lib/domain/camera-names";
import { AppError } from "@/lib/domain/errors";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import { syncFolder } from "@/lib/server/storage/sync-folder";

/** Name of the folder of all cameras; no recording can be called so. */
export const CAMERAS_FOLDER = "cameras";
/** Two segments that begin in the same second: the later one is named after the next that is free. */
const MAX_NAME_TRIES = 60;

export class CamerasFolder {
  readonly #recordings: RecordingsFolder;
  /** Absolute path. */
  readonly root: string;

  constructor(recordings: RecordingsFolder) {
    this.#recordings = recordings;
    this.root = path.join(recordings.root, CAMERAS_FOLDER);
  }

  /** @throws {AppError} not_found when the id is none of ours, so that no other path can be reached */
  folder(cameraId: string): string {
    if (!isCameraId(cameraId)) throw cameraNotFound();
    return path.join(this.root, cameraId);
  }

  /** @param filename of a segment or of its index */
  file(cameraId: string, filename: string): string {
    if (!isSegmentFilename(filename.replace(/\.keys$/, ".ts"))) throw cameraNotFound();
    return path.join(this.folder(cameraId), filename);
  }

  /** @param filename of a thumbnail */
  thumbnail(cameraId: string, filename: string): string {
    if (!isSegmentFilename(filename.replace(/\.jpg$/, ".ts"))) throw cameraNotFound();
    return path.join(this.folder(cameraId), CAMERA_THUMBNAILS_FOLDER, filename);
  }

  /** Makes a camera's folders, durably; those that are there are a success. @throws {AppError} unavailable */
  async create(cameraId: string): Promise<void> {
    await this.#recordings.confirm();
    const folder = this.folder(cameraId);
    await fs.mkdir(path.join(folder, CAMERA_THUMBNAILS_FOLDER), { recursive: true, mode: 0o750 });
    for (const each of [folder, this.root, this.#recordings.root]) await syncFolder(each);
  }

  /** Takes a name for a segment that begins now: the file is made, and was not there before. @returns its name */
  async reserveSegment(cameraId: string, startedAtMs: number): Promise<string> {
    for (let attempt = 0; attempt < MAX_NAME_TRIES; attempt += 1) {
      const filename = segmentFilename(startedAtMs + 1000 * attempt);
      try {
        await (await fs.open(this.file(cameraId, filename), "wx", 0o640)).close();
        return filename;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
    throw new AppError("internal", "no_segment_name", "The recorder cannot name another segment.");
  }

  /** Names of the segments that have a file; none when there is no folder. */
  async listSegments(cameraId: string): Promise<string[]> {
    try {
      return (await fs.readdir(this.folder(cameraId))).filter(isSegmentFilename).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  /** Removes a segment with its index; what is not there is a success. @throws {AppError} unavailable */
  async removeSegment(cameraId: string, filename: string): Promise<void> {
    await this.#recordings.confirm();
    await fs.rm(this.file(cameraId, filename), { force: true });
    await fs.rm(this.file(cameraId, indexFilename(filename)), { force: true });
  }

  async removeThumbnail(cameraId: string, filename: string): Promise<void> {
    await this.#recordings.confirm();
    await fs.rm(this.thumbnail(cameraId, filename), { force: true });
  }

  /** Removes all that a camera sent. @throws {AppError} unavailable */
  async removeCamera(cameraId: string): Promise<void> {
    await this.#recordings.confirm();
    await fs.rm(this.folder(cameraId), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await syncFolder(this.root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

/** For what does not exist and for what belongs to somebody else: the two are not told apart. */
export function cameraNotFound(): AppError {
  return new AppError("not_found", "camera_not_found", "There is no such camera.");
}
