/**
 * The index beside a segment, `….keys`: a line of JSON about the whole, then a line for each key frame. It is appended while
 * the segment grows, and only names bytes that are on disk; from the segment itself it can be made again.
 */
import { z } from "zod";

export const segmentHead = z.object({
  version: z.literal(1),
  /** Wall time of the first picture, ms since the epoch. */
  startedAtMs: z.number(),
  videoCodec: z.string(),
  audioCodec: z.string().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  /** Why it does not go on from the one before; null: it does. */
  cause: z.string().nullable(),
});
export type SegmentHead = z.infer<typeof segmentHead>;

/** Where a key frame lies: playing may begin there. */
export interface KeyFrame {
  /** Of its tables, in bytes. */
  offset: number;
  /** Media time from the first picture of the segment, in ms. */
  atMs: number;
}

export function writeHead(head: SegmentHead): string {
  return `${JSON.stringify(head)}\n`;
}

export function writeKeyFrame({ offset, atMs }: KeyFrame): string {
  return `${offset} ${atMs}\n`;
}

/** @returns null when the first line is none of ours; a torn last line is left out */
export function readIndex(text: string): { head: SegmentHead; keyFrames: KeyFrame[] } | null {
  const [first = "", ...lines] = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  let json: unknown;
  try {
    json = JSON.parse(first);
  } catch {
    return null;
  }
  const head = segmentHead.safeParse(json);
  if (!head.success) return null;
  const keyFrames = lines.flatMap((line) => {
    const match = /^(\d+) (\d+)$/.exec(line);
    return match === null ? [] : [{ offset: Number(match[1]), atMs: Number(match[2]) }];
  });
  return { head: head.data, keyFrames };
}
