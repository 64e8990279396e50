/**
 * Where a repair puts what does not belong where it is: `.quarantine/<date>/` in the recordings folder, under the path
 * it had. Nothing is deleted or copied; `notes.jsonl` beside it says where each came from and why, so that everything
 * can be moved back.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "@/lib/server/storage/sync-folder";

export const QUARANTINE_FOLDER = ".quarantine";
export const NOTES_FILENAME = "notes.jsonl";

/** A line of `notes.jsonl`. */
export interface QuarantineNote {
  movedAt: string;
  /** Both from the recordings folder. */
  from: string;
  to: string;
  code: string;
  message: string;
  /** The row that named it, as it was; null: none did. */
  row: Record<string, unknown> | null;
}

export class Quarantine {
  readonly #root: string;
  readonly #now: () => Date;

  /** @param root the recordings folder */
  constructor(root: string, now: () => Date = () => new Date()) {
    this.#root = root;
    this.#now = now;
  }

  /**
   * Moves a file or folder away. The note is durable before it moves: a crash leaves a note too many, never one too few.
   *
   * @param from its path from the recordings folder
   * @returns its new path, from the recordings folder
   * @throws when it is not there, or is on another file system
   */
  async take(from: string, about: Pick<QuarantineNote, "code" | "message" | "row">): Promise<string> {
    const now = this.#now();
    const day = path.posix.join(QUARANTINE_FOLDER, now.toISOString().slice(0, 10));
    const to = await this.#freePath(path.posix.join(day, from));
    await this.#makeFolders(path.dirname(to));
    const note: QuarantineNote = { movedAt: now.toISOString(), from, to, ...about };
    const notes = await fs.open(path.join(this.#root, day, NOTES_FILENAME), "a", 0o640);
    try {
      await notes.appendFile(
        `${JSON.stringify(note, (_, value) => (typeof value === "bigint" ? Number(value) : value))}\n`,
      );
      await notes.sync();
    } finally {
      await notes.close();
    }
    await syncFolder(path.join(this.#root, day));
    await fs.rename(path.join(this.#root, from), path.join(this.#root, to));
    await syncFolder(path.dirname(path.join(this.#root, to)));
    await syncFolder(path.dirname(path.join(this.#root, from)));
    return to;
  }

  /** The path itself, or with `~2`, `~3` … behind it: rename would replace what is there. */
  async #freePath(wanted: string): Promise<string> {
    for (let number = 1; ; number += 1) {
      const candidate = number === 1 ? wanted : `${wanted}~${number}`;
      const isTaken = await fs.lstat(path.join(this.#root, candidate)).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOENT") throw error;
          return false;
        },
      );
      if (!isTaken) return candidate;
    }
  }

  async #makeFolders(relative: string): Promise<void> {
    let folder = this.#root;
    for (const part of relative.split("/")) {
      const parent = folder;
      folder = path.join(folder, part);
      const made = await fs.mkdir(folder, { mode: 0o750 }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== "EEXIST") throw error;
          return false;
        },
      );
      if (made) await syncFolder(parent);
    }
  }
}
