/**
 * A model of a disk and of what the operating system has not written to it yet. Calls change what processes see at once;
 * only a sync makes it durable. {@link ModelDisk.crashStates} tells everything a power cut can leave behind.
 *
 * It promises what POSIX does and no more: a sync of a file makes its bytes and size durable and not its entry in a
 * folder; a sync of a folder makes the entries of that folder durable and no others; entries that are not synced may be
 * there or not in any combination, whatever order they were made in (ext4's journal keeps their order, which is one of
 * these combinations). A rename never loses both names.
 */

/** Everything below a folder after a power cut. */
export type Tree = Map<string, Tree | Uint8Array>;

/**
 * What bytes that were not synced may be. `ordered`: as with ext4's default (data=ordered), a file never has a size whose
 * bytes were not written, so of what was appended a part from its start is there. `unordered`: as with data=writeback,
 * the size may be there before the bytes, which then read as zeros, and later bytes without earlier ones.
 */
export type Ordering = "ordered" | "unordered";

export interface CrashOptions {
  ordering: Ordering;
  /** Where a write may be torn: after every byte, or only in its middle. */
  tears: "every byte" | "middle";
}

type FileChange = { kind: "write"; offset: number; bytes: Uint8Array } | { kind: "truncate"; sizeBytes: number };
/** `doubtful`: a sync failed; it may be on the disk or not, and no later sync writes it (fsyncgate, 2018). */
type FileOp = FileChange & { status: "pending" | "doubtful" | "durable" };

export interface FileNode {
  kind: "file";
  bytes: Uint8Array;
  durable: Uint8Array;
  ops: FileOp[];
}

interface FolderOp {
  changes: [name: string, node: DiskNode | null][];
  /** Not there without this one: the old name of a rename goes only when the new one has come. */
  requires: FolderOp | null;
}

export interface FolderNode {
  kind: "folder";
  entries: Map<string, DiskNode>;
  durable: Map<string, DiskNode>;
  ops: FolderOp[];
}

export type DiskNode = FileNode | FolderNode;

export class ModelDisk {
  root: FolderNode;

  constructor(tree: Tree = new Map()) {
    this.root = nodeOf(tree) as FolderNode;
  }

  /** @param parts names from the root on */
  find(parts: string[]): DiskNode | null {
    let node: DiskNode | undefined = this.root;
    for (const part of parts) {
      if (node.kind !== "folder") return null;
      node = node.entries.get(part);
      if (node === undefined) return null;
    }
    return node;
  }

  makeFile(folder: FolderNode, name: string): FileNode {
    const node: FileNode = { kind: "file", bytes: new Uint8Array(0), durable: new Uint8Array(0), ops: [] };
    this.#change(folder, [[name, node]]);
    return node;
  }

  makeFolder(folder: FolderNode, name: string): FolderNode {
    const node: FolderNode = { kind: "folder", entries: new Map(), durable: new Map(), ops: [] };
    this.#change(folder, [[name, node]]);
    return node;
  }

  remove(folder: FolderNode, name: string): void {
    this.#change(folder, [[name, null]]);
  }

  rename(from: FolderNode, name: string, to: FolderNode, newName: string): void {
    const node = from.entries.get(name) as DiskNode;
    if (from === to) {
      this.#change(from, [
        [name, null],
        [newName, node],
      ]);
      return;
    }
    const added = this.#change(to, [[newName, node]]);
    this.#change(from, [[name, null]], added);
  }

  write(file: FileNode, offset: number, bytes: Uint8Array): void {
    this.#changeFile(file, { kind: "write", offset, bytes: Uint8Array.from(bytes) });
  }

  truncate(file: FileNode, sizeBytes: number): void {
    this.#changeFile(file, { kind: "truncate", sizeBytes });
  }

  syncFile(file: FileNode): void {
    for (const op of file.ops) if (op.status === "pending") op.status = "durable";
    if (file.ops.some(({ status }) => status === "doubtful")) return;
    file.durable = file.bytes;
    file.ops = [];
  }

  /** A sync that fails: what it was to write may be there or not, for good. */
  failSync(file: FileNode): void {
    for (const op of file.ops) if (op.status === "pending") op.status = "doubtful";
  }

  syncFolder(folder: FolderNode): void {
    folder.durable = new Map(folder.entries);
    folder.ops = [];
  }

  /** Everything becomes durable. */
  syncAll(): void {
    for (const node of this.#nodes()) node.kind === "file" ? this.syncFile(node) : this.syncFolder(node);
  }

  /** Every distinct tree that a power cut at this instant can leave behind. */
  *crashStates(options: CrashOptions): Generator<Tree> {
    const pending = [...this.#nodes()].flatMap((node) => (node.kind === "folder" ? node.ops : []));
    const seen = new Set<string>();
    const contents = new Map<FileNode, Uint8Array[]>();
    for (const kept of subsets(pending)) {
      const trees = treesOf(this.root, kept, (file) => {
        let found = contents.get(file);
        if (found === undefined) contents.set(file, (found = crashContents(file, options)));
        return found;
      });
      for (const tree of trees) {
        const key = keyOfTree(tree);
        if (seen.has(key)) continue;
        seen.add(key);
        yield tree;
      }
    }
  }

  /** A copy that later calls do not change. */
  snapshot(): ModelDisk {
    const copy = new ModelDisk();
    copy.root = structuredClone(this.root);
    return copy;
  }

  #change(folder: FolderNode, changes: FolderOp["changes"], requires: FolderOp | null = null): FolderOp {
    const op: FolderOp = { changes, requires };
    for (const [name, node] of changes) {
      if (node === null) folder.entries.delete(name);
      else folder.entries.set(name, node);
    }
    folder.ops.push(op);
    return op;
  }

  #changeFile(file: FileNode, change: FileChange): void {
    file.bytes = apply(file.bytes, change);
    file.ops.push({ ...change, status: "pending" });
  }

  /** Every node that some name leads to, now or after a power cut. */
  #nodes(): Set<DiskNode> {
    const found = new Set<DiskNode>();
    const visit = (node: DiskNode | null) => {
      if (node === null || found.has(node)) return;
      found.add(node);
      if (node.kind === "file") return;
      for (const child of [...node.entries.values(), ...node.durable.values()]) visit(child);
      for (const { changes } of node.ops) for (const [, child] of changes) visit(child);
    };
    visit(this.root);
    return found;
  }
}

function nodeOf(tree: Tree | Uint8Array): DiskNode {
  if (tree instanceof Uint8Array) return { kind: "file", bytes: tree, durable: tree, ops: [] };
  const entries = new Map([...tree].map(([name, child]) => [name, nodeOf(child)]));
  return { kind: "folder", entries, durable: new Map(entries), ops: [] };
}

function apply(before: Uint8Array, change: FileChange): Uint8Array {
  const end = change.kind === "write" ? Math.max(before.length, change.offset + change.bytes.length) : change.sizeBytes;
  const after = new Uint8Array(end);
  after.set(before.subarray(0, end));
  if (change.kind === "write") after.set(change.bytes, change.offset);
  return after;
}

function* subsets(ops: FolderOp[]): Generator<Set<FolderOp>> {
  if (ops.length > 20) throw new Error(`${ops.length} entries that are not synced are more than can be enumerated.`);
  for (let bits = 0; bits < 2 ** ops.length; bits += 1) {
    const kept = new Set(ops.filter((_, index) => (bits >> index) & 1));
    // What is required and no longer pending is durable.
    if ([...kept].every(({ requires }) => requires === null || kept.has(requires) || !ops.includes(requires)))
      yield kept;
  }
}

function* treesOf(
  folder: FolderNode,
  kept: ReadonlySet<FolderOp>,
  contentsOf: (file: FileNode) => Uint8Array[],
): Generator<Tree> {
  const entries = new Map(folder.durable);
  for (const op of folder.ops) {
    if (!kept.has(op)) continue;
    for (const [name, node] of op.changes) {
      if (node === null) entries.delete(name);
      else entries.set(name, node);
    }
  }
  yield* product([...entries], kept, contentsOf);
}

function* product(
  [first, ...rest]: [string, DiskNode][],
  kept: ReadonlySet<FolderOp>,
  contentsOf: (file: FileNode) => Uint8Array[],
): Generator<Tree> {
  if (first === undefined) return yield new Map();
  const [name, node] = first;
  const children = node.kind === "file" ? contentsOf(node) : [...treesOf(node, kept, contentsOf)];
  for (const tree of product(rest, kept, contentsOf)) {
    for (const child of children) yield new Map([[name, child], ...tree]);
  }
}

/** Everything a file may hold after a power cut. */
function crashContents(file: FileNode, { ordering, tears }: CrashOptions): Uint8Array[] {
  let contents = [file.durable];
  for (const op of file.ops) {
    const next = new Map<string, Uint8Array>();
    const add = (bytes: Uint8Array) => next.set(Buffer.from(bytes).toString("hex"), bytes);
    for (const before of contents) {
      if (op.status !== "durable") add(before);
      if (op.status === "durable" || op.kind === "truncate") add(apply(before, op));
      else if (ordering === "unordered" || op.offset <= before.length) {
        for (const torn of tornWrites(op.bytes, ordering, tears)) add(apply(before, { ...op, bytes: torn }));
      }
    }
    contents = [...next.values()];
  }
  return contents;
}

/** What may be on the disk of a write that was under way. */
function* tornWrites(bytes: Uint8Array, ordering: Ordering, tears: CrashOptions["tears"]): Generator<Uint8Array> {
  yield bytes;
  const cuts = tears === "middle" ? [bytes.length >> 1] : Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
  for (const cut of cuts) yield bytes.subarray(0, cut);
  if (ordering === "ordered") return;
  yield new Uint8Array(bytes.length);
  for (const cut of cuts) {
    const end = new Uint8Array(bytes.length);
    end.set(bytes.subarray(0, cut));
    yield end;
    const start = Uint8Array.from(bytes);
    start.fill(0, 0, cut);
    yield start;
  }
}

/** The same text for the same tree. */
export function keyOfTree(tree: Tree): string {
  const parts = [...tree].map(([name, child]) =>
    child instanceof Uint8Array ? `${name}=${Buffer.from(child).toString("hex")}` : `${name}/(${keyOfTree(child)})`,
  );
  return parts.sort().join(",");
}
