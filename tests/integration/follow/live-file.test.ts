/** The growing MP4 by itself: its digest, and how few boxes it comes to. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { LiveSegment } from "@/lib/media/mp4/live-layout";
import { readBoxes } from "@/tests/support/mp4-boxes";
import { LiveFile } from "@/worker/follow/live-file";

const MIB = 1024 ** 2;
/** Recognised where it lies; a run holds one of them, a part eighteen. */
const SEGMENT_BYTES = 900 * 1024;
const MOOV = Buffer.from("\0\0\0\x0cmoov1234", "latin1");

/** @param betweenMs what the file has for making parts after each segment */
async function grow(segments: number, betweenMs: number) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tapedeck-live-file-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const mp4 = path.join(folder, "live.mp4");
  const index = path.join(folder, "live.jsonl");
  const file = await LiveFile.create({ mp4, index, newIndex: `${index}.new` });
  const offsets: number[] = [];
  for (let segment = 0; segment < segments; segment += 1) {
    await file.appendSegment([Buffer.alloc(SEGMENT_BYTES, segment + 1)], (offsetBytes) => {
      offsets.push(offsetBytes);
      return { offsetBytes } as LiveSegment;
    });
    if (betweenMs > 0) await pause(betweenMs);
  }
  const finished = await file.finish(MOOV);
  const bytes = await readFile(mp4);
  expect(finished).toEqual({ sizeBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
  // Every sample lies where it was said to lie.
  for (const [segment, offset] of offsets.entries()) {
    const there = bytes.subarray(offset, offset + SEGMENT_BYTES);
    expect(there.equals(Buffer.alloc(SEGMENT_BYTES, segment + 1))).toBe(true);
  }
  return readBoxes(bytes);
}

const typesOf = (boxes: readonly { type: string }[]) => boxes.map(({ type }) => type).join(" ");

test("runs become parts of 16 MiB, and what remains stays as it is", async () => {
  const boxes = await grow(40, 10);
  // Twice eighteen in a part, and four.
  expect(typesOf(boxes)).toBe(`ftyp ${"mdat ".repeat(2 + 4)}moov`);
  for (const { content } of boxes.slice(1, 3)) expect(content.byteLength).toBeGreaterThan(15 * MIB);
});

test("a part that is not made when the recording ends is left as runs, and the digest is right", async () => {
  // The last one closes the part, whose 16 MiB have not been read again when the file is finished at once.
  expect(typesOf(await grow(19, 0))).toBe(`ftyp ${"mdat ".repeat(19)}moov`);
});

test("a recording of a moment has one", async () => {
  expect(typesOf(await grow(0, 0))).toBe("ftyp mdat moov");
});
