import { expect, test } from "vitest";
import { memorySource } from "@/lib/media/byte-source";
import { MatroskaRepair } from "@/lib/media/matroska-repair";
import { type ScannedBlock, scanMatroska } from "@/lib/media/matroska-scanner";
import { measureMatroska } from "@/lib/media/measure-matroska";
import { cluster, concat, head, simpleBlock } from "@/tests/support/matroska-builder";

const SOUND_HEAD = head({ type: 2, codec: "A_OPUS" });
const PICTURE_HEAD = head({ type: 1, codec: "V_VP8", size: [640, 360] });

async function repair(bytes: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let writer: MatroskaRepair | undefined;
  await measureMatroska(memorySource(bytes), {
    onHead: async (scanned) => {
      writer = new MatroskaRepair(scanned);
      pieces.push(writer.head(bytes.subarray(0, scanned.endBytes)));
    },
    onBlock: async (block) => {
      pieces.push(writer?.before(block) as Uint8Array, bytes.subarray(block.startBytes, block.endBytes));
    },
  });
  return concat(pieces);
}

async function blocksOf(bytes: Uint8Array): Promise<ScannedBlock[]> {
  const blocks: ScannedBlock[] = [];
  for await (const item of scanMatroska(memorySource(bytes))) if (item.type === "block") blocks.push(item);
  return blocks;
}

test("what can be trusted is kept byte for byte with its times, and needs no second repair", async () => {
  const first = [cluster(0), simpleBlock(0, { fill: 1 }), simpleBlock(33, { fill: 2, keyframe: false })];
  const lost = [simpleBlock(10, { fill: 3, keyframe: false })];
  const last = [cluster(1000), simpleBlock(0, { fill: 4 }), simpleBlock(33, { fill: 5, keyframe: false })];
  const damaged = concat([PICTURE_HEAD, ...first, ...lost, [0x55, 0x55, 0x55], ...last]);
  expect((await measureMatroska(memorySource(damaged))).needsRepair).toBe(true);

  const repaired = await repair(damaged);
  const blocks = await blocksOf(repaired);
  expect(blocks.map(({ timestampMs }) => timestampMs)).toEqual([0, 33, 1000, 1033]);
  expect(blocks.map(({ endBytes }) => repaired[endBytes - 1])).toEqual([1, 2, 4, 5]);
  expect((await measureMatroska(memorySource(repaired))).needsRepair).toBe(false);
});

test("the segment's size becomes unknown, in as many bytes as before", async () => {
  const bytes = concat([PICTURE_HEAD, cluster(0), simpleBlock(0)]);
  const at = Buffer.from(bytes).indexOf(Buffer.from([0x18, 0x53, 0x80, 0x67]));
  bytes.set([0x01, 0, 0, 0, 0, 0, 0x12, 0x34], at + 4);
  expect([...(await repair(bytes)).subarray(at + 4, at + 12)]).toEqual([1, 255, 255, 255, 255, 255, 255, 255]);
});

test("a long gap in the sound gets silence every ten seconds, which leaves no gap of a minute", async () => {
  const bytes = concat([SOUND_HEAD, cluster(0), simpleBlock(0), cluster(100_000), simpleBlock(0), simpleBlock(60)]);
  expect((await measureMatroska(memorySource(bytes))).needsRepair).toBe(true);
  const repaired = await repair(bytes);
  const times = (await blocksOf(repaired)).map(({ timestampMs }) => timestampMs);
  expect(times).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 100_000, 100_060]);
});
