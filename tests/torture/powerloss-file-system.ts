/**
 * Puts a model of a disk in the place of node:fs for everything below {@link MODEL_ROOT}, so that the product's own code
 * runs over it unchanged. What the product calls and this does not know fails: there is no such folder on the real disk.
 */
import callbacks from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { Readable } from "node:stream";
import type { DiskNode, FileNode, FolderNode, ModelDisk } from "@/tests/torture/powerloss-disk";

export const MODEL_ROOT = "/tapedeck-model/recordings";

/** Calls that make something durable; tests leave them out to see that it is noticed. */
export type Sync = "sync of a file" | "sync of a recording's folder" | "sync of the recordings folder";

export interface ModelOptions {
  /** Called after every call that changed the disk or made something durable. */
  onStep?: (what: string) => void;
  /** Syncs that are left out: they report success and do nothing. */
  without?: Sync;
  /** Faults: the n-th call (from 1) of its kind fails, or takes only a part. */
  failNthSync?: number;
  fillNthWrite?: number;
}

type Done<T extends unknown[]> = (error: Error | null, ...values: T) => void;

const FIRST_FD = 1 << 20;

let mounted: { disk: ModelDisk; options: ModelOptions; syncs: number; writes: number } | null = null;
let nextFd = FIRST_FD;
const openNodes = new Map<number, DiskNode>();

/** From now on paths below {@link MODEL_ROOT} are on this disk. Descriptors of the disk before stay what they were. */
export function mount(disk: ModelDisk, options: ModelOptions = {}): void {
  mounted = { disk, options, syncs: 0, writes: 0 };
}

/** The disk as it is mounted; its root is {@link MODEL_ROOT}. */
function current() {
  if (mounted === null) throw new Error("No model of a disk is mounted.");
  return mounted;
}

function isModel(file: unknown): file is string {
  return typeof file === "string" && (file === MODEL_ROOT || file.startsWith(`${MODEL_ROOT}/`));
}

function partsOf(file: string): string[] {
  return path.posix.relative(MODEL_ROOT, file).split("/").filter(Boolean);
}

function fault(code: string, call: string, file = ""): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${call} ${file}`), { code });
}

function nodeAt(file: string, call: string): DiskNode {
  const node = current().disk.find(partsOf(file));
  if (node === null) throw fault("ENOENT", call, file);
  return node;
}

function parentOf(file: string, call: string): { folder: FolderNode; name: string } {
  const folder = nodeAt(path.posix.dirname(file), call);
  if (folder.kind !== "folder") throw fault("ENOTDIR", call, file);
  return { folder, name: path.posix.basename(file) };
}

function step(what: string): void {
  current().options.onStep?.(what);
}

function openNode(file: string, { create, truncate }: { create: boolean; truncate: boolean }): number {
  const { disk } = current();
  let node = disk.find(partsOf(file));
  if (node === null) {
    if (!create) throw fault("ENOENT", "open", file);
    const { folder, name } = parentOf(file, "open");
    node = disk.makeFile(folder, name);
    step(`open ${path.posix.basename(file)}`);
  } else if (truncate && node.kind === "file") {
    disk.truncate(node, 0);
    step(`open ${path.posix.basename(file)}`);
  }
  const fd = nextFd++;
  openNodes.set(fd, node);
  return fd;
}

function fileOf(fd: number, call: string): FileNode {
  const node = openNodes.get(fd);
  if (node === undefined) throw fault("EBADF", call);
  if (node.kind !== "file") throw fault("EISDIR", call);
  return node;
}

function syncNode(node: DiskNode): void {
  const { disk, options } = current();
  const what: Sync =
    node.kind === "file"
      ? "sync of a file"
      : node === disk.root
        ? "sync of the recordings folder"
        : "sync of a recording's folder";
  current().syncs += 1;
  if (node.kind === "file" && current().syncs === options.failNthSync) {
    disk.failSync(node);
    step(`${what} that fails`);
    throw fault("EIO", "fdatasync");
  }
  if (what === options.without) return;
  if (node.kind === "file") disk.syncFile(node);
  else disk.syncFolder(node);
  step(what);
}

/** @returns bytes written: all of them, or half when the disk is to be full */
function writeNode(file: FileNode, bytes: Uint8Array, position: number): number {
  const { disk, options } = current();
  current().writes += 1;
  const nth = options.fillNthWrite;
  if (nth !== undefined && current().writes === nth + 1) throw fault("ENOSPC", "writev");
  const taken = current().writes === nth ? bytes.subarray(0, bytes.length >> 1) : bytes;
  if (taken.length > 0) disk.write(file, position, taken);
  step("write");
  return taken.length;
}

function statOf(node: DiskNode) {
  return {
    size: node.kind === "file" ? node.bytes.length : 0,
    mtimeMs: 0,
    isFile: () => node.kind === "file",
    isDirectory: () => node.kind === "folder",
  };
}

function removeTree(folder: FolderNode, name: string): void {
  const node = folder.entries.get(name);
  if (node?.kind === "folder") for (const child of [...node.entries.keys()]) removeTree(node, child);
  current().disk.remove(folder, name);
  step(`remove ${name}`);
}

/** A FileHandle, as far as the product uses one. */
class ModelHandle {
  readonly #fd: number;
  readonly #node: DiskNode;

  constructor(fd: number) {
    this.#fd = fd;
    this.#node = openNodes.get(fd) as DiskNode;
  }

  async sync(): Promise<void> {
    syncNode(this.#node);
  }

  async datasync(): Promise<void> {
    syncNode(this.#node);
  }

  async stat() {
    return statOf(this.#node);
  }

  async truncate(sizeBytes: number): Promise<void> {
    current().disk.truncate(fileOf(this.#fd, "ftruncate"), sizeBytes);
    step("truncate");
  }

  async appendFile(data: string | Uint8Array): Promise<void> {
    const file = fileOf(this.#fd, "write");
    writeNode(file, Buffer.from(data as string), file.bytes.length);
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    await this.appendFile(data);
  }

  async readFile(encoding?: BufferEncoding) {
    const bytes = Buffer.from(fileOf(this.#fd, "read").bytes);
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }

  async read(buffer: Buffer, offset: number, length: number, position: number) {
    const bytes = fileOf(this.#fd, "read").bytes.subarray(position, position + length);
    buffer.set(bytes, offset);
    return { bytesRead: bytes.length, buffer };
  }

  async close(): Promise<void> {
    openNodes.delete(this.#fd);
  }
}

const modelPromises = {
  async open(file: string, flags: string | number = "r") {
    const create = flags !== "r" && flags !== "r+";
    return new ModelHandle(openNode(file, { create, truncate: flags === "w" || flags === "wx" }));
  },
  async mkdir(file: string) {
    const { folder, name } = parentOf(file, "mkdir");
    if (folder.entries.has(name)) throw fault("EEXIST", "mkdir", file);
    current().disk.makeFolder(folder, name);
    step(`mkdir ${name}`);
  },
  async rename(from: string, to: string) {
    const one = parentOf(from, "rename");
    const other = parentOf(to, "rename");
    if (!one.folder.entries.has(one.name)) throw fault("ENOENT", "rename", from);
    current().disk.rename(one.folder, one.name, other.folder, other.name);
    step(`rename to ${other.name}`);
  },
  async rm(file: string, { force = false }: { force?: boolean } = {}) {
    const parent = current().disk.find(partsOf(path.posix.dirname(file)));
    const name = path.posix.basename(file);
    if (parent?.kind === "folder" && parent.entries.has(name)) removeTree(parent, name);
    else if (!force) throw fault("ENOENT", "rm", file);
  },
  async unlink(file: string) {
    const { folder, name } = parentOf(file, "unlink");
    if (!folder.entries.has(name)) throw fault("ENOENT", "unlink", file);
    removeTree(folder, name);
  },
  async rmdir(file: string) {
    const node = nodeAt(file, "rmdir");
    if (node.kind === "folder" && node.entries.size > 0) throw fault("ENOTEMPTY", "rmdir", file);
    const { folder, name } = parentOf(file, "rmdir");
    removeTree(folder, name);
  },
  stat: async (file: string) => statOf(nodeAt(file, "stat")),
  lstat: async (file: string) => statOf(nodeAt(file, "lstat")),
  access: async (file: string) => void nodeAt(file, "access"),
  async readdir(file: string) {
    const node = nodeAt(file, "readdir");
    if (node.kind === "file") throw fault("ENOTDIR", "readdir", file);
    return [...node.entries.keys()];
  },
  async readFile(file: string, encoding?: BufferEncoding) {
    return (await modelPromises.open(file)).readFile(encoding);
  },
  async writeFile(file: string, data: string | Uint8Array, options: { flush?: boolean } = {}) {
    const handle = await modelPromises.open(file, "w");
    await handle.writeFile(data);
    if (options.flush === true) await handle.sync();
    await handle.close();
  },
  statfs: async () => ({ bavail: 2 ** 40, bsize: 4096 }),
};

/** The callback forms that the writer of tracks uses; a call on a descriptor goes where the descriptor came from. */
const modelCallbacks = {
  open: (file: string, flags: number) =>
    openNode(file, {
      create: (flags & callbacks.constants.O_CREAT) !== 0,
      truncate: (flags & callbacks.constants.O_TRUNC) !== 0,
    }),
  close: (fd: number) => void openNodes.delete(fd),
  fstat: (fd: number) => statOf(fileOf(fd, "fstat")),
  fdatasync: (fd: number) => syncNode(fileOf(fd, "fdatasync")),
  fsync: (fd: number) => syncNode(fileOf(fd, "fsync")),
  ftruncate(fd: number, sizeBytes: number) {
    current().disk.truncate(fileOf(fd, "ftruncate"), sizeBytes);
    step("truncate");
  },
  writev: (fd: number, buffers: Buffer[], position: number) =>
    writeNode(fileOf(fd, "writev"), Buffer.concat(buffers), position),
};

/** @returns puts node:fs back */
export function install(): () => void {
  const undo: (() => void)[] = [];
  const replace = (target: object, name: string, make: (real: (...args: never[]) => unknown) => unknown) => {
    const own = target as Record<string, unknown>;
    const real = own[name] as (...args: never[]) => unknown;
    own[name] = make(real);
    undo.push(() => {
      own[name] = real;
    });
  };
  for (const [name, call] of Object.entries(modelPromises)) {
    replace(promises, name, (real) => (...args: never[]) => {
      return isModel(args[0]) ? (call as (...given: never[]) => unknown)(...args) : real(...args);
    });
  }
  for (const [name, call] of Object.entries(modelCallbacks)) {
    replace(callbacks, name, (real) => (...args: never[]) => {
      const first = args[0] as unknown;
      if (!isModel(first) && !(typeof first === "number" && first >= FIRST_FD)) return real(...args);
      const done = args.at(-1) as unknown as Done<unknown[]>;
      queueMicrotask(() => {
        let result: unknown;
        try {
          result = (call as (...given: never[]) => unknown)(...args);
        } catch (error) {
          return done(error as Error);
        }
        done(null, result);
      });
    });
  }
  replace(callbacks, "closeSync", (real) => (fd: never) => {
    if ((fd as number) >= FIRST_FD) openNodes.delete(fd);
    else real(fd);
  });
  replace(callbacks, "createReadStream", (real) => (...args: never[]) => {
    if (!isModel(args[0])) return real(...args);
    const node = nodeAt(args[0], "open");
    return Readable.from(node.kind === "file" ? [Buffer.from(node.bytes)] : []);
  });
  // For what was imported by name.
  syncBuiltinESMExports();
  return () => {
    for (const put of undo) put();
    syncBuiltinESMExports();
    openNodes.clear();
  };
}
