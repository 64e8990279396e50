/**
 * An MP4 whose index stands first, made of one whose index stands last while it is sent. The file is as long as the
 * other, byte for byte the same samples, and can be read in ranges; nothing is written.
 */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { findIndexLast, type IndexLast, moveIndexFirst } from "@/lib/media/mp4/index-first";
import { openFileSource } from "@/lib/server/storage/file-source";

const READ_BYTES = 1024 ** 2;

export interface IndexFirst {
  sizeBytes: number;
  /** @param range both ends included */
  read(range?: { start: number; end: number }): Promise<Readable>;
}

/**
 * @param file absolute path of an MP4
 * @returns null when it stands first in the file already, or the file cannot be turned so
 */
export async function openIndexFirst(file: string): Promise<IndexFirst | null> {
  const source = await openFileSource(file);
  try {
    const layout = await findIndexLast(source);
    if (layout === null) return null;
    const moov = await readIndex(file, layout);
    if (!moveIndexFirst(moov)) return null;
    return {
      sizeBytes: layout.toBytes,
      read: async (range = { start: 0, end: layout.toBytes - 1 }) =>
        Readable.from(bytesOf(file, layout, moov, range), { objectMode: false }),
    };
  } finally {
    await source.close();
  }
}

/** What the file would be: its type, the index as it was moved, then everything that stood between the two. */
async function* bytesOf(
  file: string,
  { headBytes, toBytes }: IndexLast,
  moov: Buffer,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  /** Parts of the answer, and where each begins in the file as it is; null: in the index that is moved. */
  const parts = [
    { from: 0, to: headBytes, shift: 0 },
    { from: headBytes, to: headBytes + moov.length, shift: null },
    { from: headBytes + moov.length, to: toBytes, shift: -moov.length },
  ];
  for (const { from, to, shift } of parts) {
    const first = Math.max(start, from);
    const last = Math.min(end, to - 1);
    if (first > last) continue;
    if (shift === null) yield moov.subarray(first - from, last + 1 - from);
    else yield* createReadStream(file, { start: first + shift, end: last + shift, highWaterMark: READ_BYTES });
  }
}

async function readIndex(file: string, { fromBytes, toBytes }: IndexLast): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(file, { start: fromBytes, end: toBytes - 1, highWaterMark: READ_BYTES }))
    pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
