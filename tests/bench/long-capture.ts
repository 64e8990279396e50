/** A capture of any length: a real one of twenty seconds again and again, its clocks carried on. */
import { type ByteSource, memorySource } from "@/lib/media/byte-source";
import { type ScannedBlock, type ScannedHead, scanMatroska } from "@/lib/media/matroska-scanner";
import type { Chunk } from "@/tests/integration/compile/capture-recording";

const CHUNK_MS = 250;

/** Chunks of a quarter of a second, made as they are asked for. */
export async function* longCapture(capture: readonly Chunk[], seconds: number): AsyncGenerator<Chunk> {
  const bytes = Buffer.concat(capture.map((chunk) => chunk.bytes));
  const { head, blocks } = await read(memorySource(bytes), bytes);
  const last = blocks.at(-1) as ScannedBlock;
  const lengthMs = Math.round(
    last.timestampMs + ((blocks[1] as ScannedBlock).timestampMs - (blocks[0] as ScannedBlock).timestampMs),
  );
  const original = Buffer.from(bytes.subarray(0, head.endBytes));
  original.fill(0xff, head.segmentSizeField.from, head.segmentSizeField.to);
  original[head.segmentSizeField.from] = 0xff >> (head.segmentSizeField.to - head.segmentSizeField.from - 1);
  let pending: Buffer[] = [original];
  let cluster = -1;
  let chunkEndsMs = CHUNK_MS;
  for (let round = 0; ; round += 1) {
    cluster = -1;
    for (const block of blocks) {
      const atMs = round * lengthMs + block.timestampMs;
      if (atMs >= chunkEndsMs || atMs >= seconds * 1000) {
        yield { bytes: Buffer.concat(pending), perfMs: 1000 + chunkEndsMs + 20 };
        pending = [];
        chunkEndsMs += CHUNK_MS;
        if (atMs >= seconds * 1000) return;
      }
      if (block.clusterStartBytes !== cluster) pending.push(clusterStart(block.clusterTicks + round * lengthMs));
      cluster = block.clusterStartBytes;
      pending.push(bytes.subarray(block.startBytes, block.endBytes));
    }
  }
}

async function read(source: ByteSource, bytes: Buffer): Promise<{ head: ScannedHead; blocks: ScannedBlock[] }> {
  let head: ScannedHead | null = null;
  const blocks: ScannedBlock[] = [];
  for await (const item of scanMatroska(source)) {
    if (item.type === "head") head = item;
    else if (item.type === "block") blocks.push(item);
  }
  if (head === null || blocks.length < 2) throw new Error(`no capture in ${bytes.length} bytes`);
  return { head, blocks };
}

/** A cluster of unknown size with a timestamp of eight bytes. */
function clusterStart(ticks: number): Buffer {
  const start = Buffer.from("1f43b67501ffffffffffffffe7880000000000000000", "hex");
  start.writeBigUInt64BE(BigInt(ticks), start.length - 8);
  return start;
}
