/** Whether a raw track ends in the middle of an element, as it does when its source was cut off while it wrote one. */
import fs from "node:fs/promises";
import { AppError } from "@/lib/domain/errors";
import type { ByteSource } from "@/lib/media/byte-source";
import { SNIFF_BYTES, sniffContainer } from "@/lib/media/container";
import { PREVIOUS_SIZE_BYTES } from "@/lib/media/flv/flv-file";
import { scanFlv } from "@/lib/media/flv/flv-scanner";
import { scanMatroska } from "@/lib/media/matroska-scanner";

/** A box header with a 64-bit size (ISO/IEC 14496-12 §4.2). */
const MAX_BOX_HEADER_BYTES = 16;

/** @returns bytes behind the last whole element or box; null when the file is no recording that can be read */
export async function tornBytes(file: string): Promise<number | null> {
  const handle = await fs.open(file, "r");
  try {
    const { size } = await handle.stat();
    const source: ByteSource = {
      sizeBytes: size,
      async read(offset, length) {
        const wanted = Math.max(0, Math.min(length, size - offset));
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, offset);
        return buffer.subarray(0, bytesRead);
      },
    };
    const container = sniffContainer(await source.read(0, SNIFF_BYTES));
    if (container === null) return null;
    if (container === "flv") return size - (await wholeTags(source));
    return size - (container === "mp4" ? await wholeBoxes(source) : await wholeElements(source));
  } finally {
    await handle.close();
  }
}

async function wholeElements(source: ByteSource): Promise<number> {
  try {
    for await (const item of scanMatroska(source)) if (item.type === "end") return item.wholeBytes;
  } catch (error) {
    // Cut off before the head was whole: nothing of it can be read.
    if (!(error instanceof AppError && error.kind === "unprocessable")) throw error;
  }
  return 0;
}

async function wholeTags(source: ByteSource): Promise<number> {
  let wholeBytes = 0;
  for await (const { endBytes } of scanFlv(source)) wholeBytes = endBytes + PREVIOUS_SIZE_BYTES;
  return wholeBytes;
}

async function wholeBoxes(source: ByteSource): Promise<number> {
  let position = 0;
  while (position < source.sizeBytes) {
    const header = Buffer.from(await source.read(position, MAX_BOX_HEADER_BYTES));
    if (header.length < 8) break;
    let boxBytes = header.readUInt32BE(0);
    // 0: to the end of the file; 1: the size follows in 64 bits.
    if (boxBytes === 0) return source.sizeBytes;
    if (boxBytes === 1) boxBytes = header.length < 16 ? 0 : Number(header.readBigUInt64BE(8));
    if (boxBytes < 8 || position + boxBytes > source.sizeBytes) break;
    position += boxBytes;
  }
  return position;
}
