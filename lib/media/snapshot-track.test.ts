import { expect, test } from "vitest";
import { memorySource } from "@/lib/media/byte-source";
import { scanMatroska } from "@/lib/media/matroska-scanner";
import { readSnapshotTrack, type StoredSnapshot, snapshotCluster, snapshotTrackHead } from "@/lib/media/snapshot-track";

const JPEGS = [Buffer.alloc(500, 1), Buffer.alloc(70_000, 2), Buffer.alloc(3, 3)];
const head = snapshotTrackHead({ width: 640, height: 480 });
const clusters = JPEGS.map((jpeg, index) =>
  Buffer.concat(
    snapshotCluster(
      { atMs: index * 210, sequence: index + 7, capturedMs: 1_700_000_000_000 + index, arrivedMs: 9 },
      jpeg,
    ).pieces,
  ),
);
const file = Buffer.concat([head, ...clusters]);

async function read(bytes: Uint8Array): Promise<{ wholeBytes: number; found: StoredSnapshot[] }> {
  const found: StoredSnapshot[] = [];
  const wholeBytes = await readSnapshotTrack(memorySource(bytes), (snapshot) => found.push(snapshot));
  return { wholeBytes, found };
}

test("what was written is read back, and the JPEGs are where it says", async () => {
  const { wholeBytes, found } = await read(file);
  expect(wholeBytes).toBe(file.length);
  expect(found.map(({ atMs, sequence, capturedMs }) => [atMs, sequence, capturedMs])).toEqual([
    [0, 7, 1_700_000_000_000],
    [210, 8, 1_700_000_000_001],
    [420, 9, 1_700_000_000_002],
  ]);
  for (const [index, { offset, sizeBytes }] of found.entries()) {
    expect(file.subarray(offset, offset + sizeBytes).equals(JPEGS[index] as Buffer)).toBe(true);
  }
});

test("a file that is cut off is whole up to its last whole snapshot", async () => {
  const ends = clusters.map((_, index) => Buffer.concat([head, ...clusters.slice(0, index)]).length);
  for (let length = 0; length < file.length; length += length < 1200 ? 1 : 997) {
    const { wholeBytes } = await read(file.subarray(0, length));
    const expected = length < head.length ? 0 : Math.max(...ends.filter((end) => end <= length));
    expect(wholeBytes, String(length)).toBe(expected);
  }
});

test("it is Matroska like any other", async () => {
  const blocks: [number, number][] = [];
  for await (const item of scanMatroska(memorySource(file))) {
    if (item.type === "head") expect(item.tracks).toMatchObject([{ codecId: "V_MJPEG", width: 640, height: 480 }]);
    if (item.type === "block") blocks.push([item.timestampMs, item.trackNumber]);
  }
  expect(blocks).toEqual([
    [0, 1],
    [210, 1],
    [420, 1],
  ]);
});
