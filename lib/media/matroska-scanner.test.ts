import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "@/lib/domain/errors";
import { type ByteSource, memorySource } from "@/lib/media/byte-source";
import { type ScanItem, scanMatroska } from "@/lib/media/matroska-scanner";
import { blockGroup, cluster, concat, element, head, simpleBlock } from "@/tests/support/matroska-builder";

const VIDEO_HEAD = head({ type: 1, codec: "V_VP8", size: [1280, 720] }, { type: 2, codec: "A_OPUS" });

async function scan(source: ByteSource | Uint8Array): Promise<ScanItem[]> {
  const items: ScanItem[] = [];
  const scanned = scanMatroska(source instanceof Uint8Array ? memorySource(source) : source);
  for await (const item of scanned) items.push(item);
  return items;
}

const blocksOf = (items: ScanItem[]) => items.filter((item) => item.type === "block");
const timesOf = (items: ScanItem[]) => blocksOf(items).map(({ timestampMs }) => timestampMs);

test("the head tells the tracks, where it ends, and where the size of the segment is", async () => {
  const [first] = await scan(concat([VIDEO_HEAD, cluster(0), simpleBlock(0)]));
  expect(first).toMatchObject({
    type: "head",
    endBytes: VIDEO_HEAD.length,
    tracks: [
      { number: 1, kind: "video", codecId: "V_VP8", width: 1280, height: 720 },
      { number: 2, kind: "audio", codecId: "A_OPUS", width: null, height: null },
    ],
  });
  const { from, to } = (first as { segmentSizeField: { from: number; to: number } }).segmentSizeField;
  expect([...VIDEO_HEAD.subarray(from - 4, to)]).toEqual([
    0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255,
  ]);
});

test("blocks of clusters of unknown size have their times and places", async () => {
  const block = simpleBlock(33, { keyframe: false });
  const bytes = concat([VIDEO_HEAD, cluster(0), simpleBlock(0), block, cluster(1000), simpleBlock(-5, { track: 2 })]);
  const items = await scan(bytes);
  expect(timesOf(items)).toEqual([0, 33, 995]);
  const [first, second, third] = blocksOf(items);
  expect([first?.keyframe, second?.keyframe, third?.trackNumber]).toEqual([true, false, 2]);
  expect([...bytes.subarray(second?.startBytes, second?.endBytes)]).toEqual([...block]);
  expect(items.at(-1)).toEqual({ type: "end", wholeBytes: bytes.length });
});

test("clusters with a size, and elements of no interest, make no difference", async () => {
  const known = element(0x1f43b675, element(0xe7, [7]), element(0xab, [1]), simpleBlock(0));
  const cues = element(0x1c53bb6b, [1, 2, 3]);
  expect(timesOf(await scan(concat([VIDEO_HEAD, known, element(0xec, [0, 0]), known, cues])))).toEqual([7, 7]);
});

test("a block group is a key frame when it refers to no other, and has a duration", async () => {
  const items = await scan(concat([VIDEO_HEAD, cluster(0), blockGroup(0, 60), blockGroup(60, 60, -60)]));
  expect(blocksOf(items).map(({ keyframe, durationMs }) => [keyframe, durationMs])).toEqual([
    [true, 60],
    [false, 60],
  ]);
});

test("a file cut off anywhere gives the blocks that are whole, and says where they end", async () => {
  const pieces = [VIDEO_HEAD, cluster(0), simpleBlock(0), simpleBlock(33), cluster(66), simpleBlock(0)];
  const bytes = concat(pieces);
  const ends: number[] = [];
  for (let index = 0, end = 0; index < pieces.length; index += 1) ends.push((end += pieces[index]?.length as number));
  for (let length = VIDEO_HEAD.length; length <= bytes.length; length += 1) {
    const items = await scan(bytes.subarray(0, length));
    const whole = [2, 3, 5].filter((index) => (ends[index] as number) <= length).length;
    expect(blocksOf(items)).toHaveLength(whole);
    const { wholeBytes } = items.at(-1) as { wholeBytes: number };
    expect(wholeBytes).toBeLessThanOrEqual(length);
    if (ends.includes(length)) expect(wholeBytes).toBe(length);
  }
});

test("bytes that are no element are skipped to the next cluster, and told", async () => {
  const before = concat([VIDEO_HEAD, cluster(0), simpleBlock(0)]);
  const garbage = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) % 256);
  const items = await scan(concat([before, garbage, cluster(1000), simpleBlock(0)]));
  expect(timesOf(items)).toEqual([0, 1000]);
  expect(items).toContainEqual({ type: "damage", fromBytes: before.length, toBytes: before.length + garbage.length });
});

test("the id of a cluster inside a picture is not taken for one", async () => {
  const lookalike = Uint8Array.from([0x1f, 0x43, 0xb6, 0x75, 0x81, 0x12, 0x34]);
  const items = await scan(concat([VIDEO_HEAD, cluster(0), [0x55, 0x55], lookalike, cluster(9), simpleBlock(0)]));
  expect(timesOf(items)).toEqual([9]);
});

test("a block of a track that does not exist, or of more than 32 MiB, is damage", async () => {
  const stranger = concat([VIDEO_HEAD, cluster(0), simpleBlock(0, { track: 9 }), cluster(5), simpleBlock(0)]);
  expect(timesOf(await scan(stranger))).toEqual([5]);
  const huge = concat([VIDEO_HEAD, cluster(0), [0xa3, 0x13, 0, 0, 0], cluster(5), simpleBlock(0)]);
  expect(timesOf(await scan(huge))).toEqual([5]);
});

test("without a head nothing can be read", async () => {
  for (const bytes of [
    concat([cluster(0), simpleBlock(0)]),
    Uint8Array.of(0x1a),
    new Uint8Array(0),
    VIDEO_HEAD.subarray(20),
  ]) {
    await expect(scan(bytes)).rejects.toMatchObject({ kind: "unprocessable", code: "no_media_header" });
  }
});

test("a long file is read in pieces, each of a bounded size, once", async () => {
  const block = simpleBlock(0, { payloadBytes: 40_000 });
  const pieces: Uint8Array[] = [VIDEO_HEAD];
  for (let index = 0; index < 100; index += 1) pieces.push(cluster(index * 1000), block);
  const bytes = concat(pieces);
  let longest = 0;
  let total = 0;
  const source: ByteSource = {
    sizeBytes: bytes.length,
    async read(offset, length) {
      const piece = bytes.subarray(offset, offset + length);
      longest = Math.max(longest, length);
      total += piece.length;
      return piece;
    },
  };
  expect(blocksOf(await scan(source))).toHaveLength(100);
  expect(longest).toBeLessThanOrEqual(256 * 1024);
  // A header at the edge of a piece is read again with the next.
  expect(total).toBeLessThan(bytes.length * 1.2);
});

test("whatever is changed in a file, scanning ends, stays within the file, and fails only as it says", async () => {
  const bytes = concat([
    VIDEO_HEAD,
    ...Array.from({ length: 6 }, (_, i) =>
      concat([cluster(i * 100), simpleBlock(0), simpleBlock(33), blockGroup(66, 33)]),
    ),
  ]);
  const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.integer({ min: 0, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      const damaged = Uint8Array.from(bytes);
      for (const { at, to } of changes) damaged[at] = to;
      try {
        for (const { startBytes, endBytes } of blocksOf(await scan(damaged))) {
          expect(startBytes).toBeLessThan(endBytes);
          expect(endBytes).toBeLessThanOrEqual(damaged.length);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { numRuns: 300 },
  );
});
