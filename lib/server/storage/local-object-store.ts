/** An object store in a folder: another disk of this machine, or a mounted share. */
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import {
  checkKey,
  fileChanged,
  type ObjectFacts,
  type ObjectStore,
  objectNotFound,
  type StoredFile,
  storeFailed,
} from "@/lib/server/storage/object-store";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { syncFolder } from "@/lib/server/storage/sync-folder";

/** Beside an object: the digest it was stored with. */
const DIGEST_ENDING = ".sha256";
const TEMPORARY_ENDING = ".part";

export class LocalObjectStore implements ObjectStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  async put(key: string, { file, sizeBytes, sha256 }: StoredFile, signal?: AbortSignal): Promise<void> {
    const target = this.#path(key);
    try {
      if (await this.#isStored(key, sizeBytes, sha256)) return;
      await fs.mkdir(path.dirname(target), { recursive: true, mode: 0o750 });
      signal?.throwIfAborted();
      const temporary = `${target}${TEMPORARY_ENDING}`;
      await fs.copyFile(file, temporary);
      await sync(temporary);
      const stored = await sha256OfFile(temporary);
      if (stored !== sha256) throw fileChanged(file, `digest ${stored}`);
      await fs.writeFile(`${target}${DIGEST_ENDING}`, sha256, { mode: 0o640, flush: true });
      await fs.rename(temporary, target);
      for (let folder = path.dirname(target); folder.startsWith(this.#root); folder = path.dirname(folder)) {
        await syncFolder(folder);
      }
    } catch (error) {
      throw storeFailed(error, `put ${key}`);
    }
  }

  async #isStored(key: string, sizeBytes: number, sha256: string): Promise<boolean> {
    const facts = await this.head(key);
    if (facts?.sizeBytes !== sizeBytes || facts.sha256 !== sha256) return false;
    return (await sha256OfFile(this.#path(key))) === sha256;
  }

  async head(key: string): Promise<ObjectFacts | null> {
    const file = this.#path(key);
    const stat = await fs.stat(file).catch(ifThere);
    if (stat === null) return null;
    return { sizeBytes: stat.size, sha256: await fs.readFile(`${file}${DIGEST_ENDING}`, "utf8").catch(ifThere) };
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    if ((await this.head(key)) === null) throw objectNotFound(key);
    return createReadStream(this.#path(key), range);
  }

  async delete(key: string): Promise<void> {
    for (const ending of ["", DIGEST_ENDING, TEMPORARY_ENDING]) {
      await fs.rm(`${this.#path(key)}${ending}`, { force: true });
    }
  }

  #path(key: string): string {
    return path.join(this.#root, checkKey(key));
  }
}

/** null: it is not there */
function ifThere(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw storeFailed(error, "read");
}

async function sync(file: string): Promise<void> {
  const handle = await fs.open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
