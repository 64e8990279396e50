/**
 * `npm run torture:rtmp`: mutated sessions against the code that reads them, as many as fit into the time. Nothing but a
 * refusal may come of any, and what is held in memory stays within its bounds.
 */
import { AppError } from "@/lib/domain/errors";
import { readAudioHead, readVideoHead } from "@/lib/media/flv/media-packet";
import { ChunkReader, payloadOf } from "@/lib/media/rtmp/chunk-reader";
import { writeMessage } from "@/lib/media/rtmp/chunk-writer";
import { MESSAGE, readCommand, readData } from "@/lib/media/rtmp/messages";
import { MEDIA, mediaMessage, publishingWords } from "@/tests/support/rtmp-client";
import { SeededRandom } from "@/tests/torture/support/seeded-random";

const INPUTS = Number(process.argv[2] ?? 1_000_000);
const MAX_SECONDS = Number(process.argv[3] ?? 170);
const LIMITS = { messageBytes: 64 * 1024, unfinishedBytes: 128 * 1024 };
/** A header, and a chunk that completes nothing. */
const MAX_HELD_BYTES = LIMITS.unfinishedBytes + 64 * 1024;
const random = SeededRandom.from(process.env.SEED);
const { seed } = random;
const below = (bound: number) => Math.floor(random.next() * bound);

const session = Buffer.concat([
  ...publishingWords("live", "tds_0123456789"),
  writeMessage(mediaMessage("video", 0, MEDIA.videoConfig), 65_536),
  writeMessage(mediaMessage("audio", 0, MEDIA.audioConfig), 65_536),
  writeMessage(mediaMessage("video", 16_777_300, MEDIA.frame(true, Buffer.alloc(900, 7))), 65_536),
]);
/** Values that parsers stumble over. */
const ODD = [0, 1, 2, 3, 5, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

function mutate(): Buffer {
  let bytes = Buffer.from(session);
  for (let count = 1 + below(6); count > 0 && bytes.length > 8; count -= 1) {
    const at = below(bytes.length);
    switch (below(5)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes[at] = ODD[below(ODD.length)] as number;
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + below(32)))]);
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(below(bytes.length)),
          bytes.subarray(at),
        ]).subarray(0, 4096);
    }
  }
  return bytes;
}

/** Reads as the server does. @returns messages that came of it; null: it was refused */
function read(bytes: Buffer): number | null {
  let messages = 0;
  const reader = new ChunkReader(LIMITS, (message) => {
    messages += 1;
    const payload = payloadOf(message);
    const { typeId } = message;
    if (typeId === MESSAGE.commandAmf0 || typeId === MESSAGE.commandAmf3) readCommand(typeId, payload);
    else if (typeId === MESSAGE.dataAmf0 || typeId === MESSAGE.dataAmf3) readData(typeId, payload);
    else if (typeId === MESSAGE.setChunkSize && payload.length >= 4) reader.setChunkBytes(payload.readUInt32BE());
    else if (typeId === MESSAGE.abort && payload.length >= 4) reader.abort(payload.readUInt32BE());
    else if (typeId === MESSAGE.video) readVideoHead(payload);
    else if (typeId === MESSAGE.audio) readAudioHead(payload);
  });
  try {
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + below(1500);
      reader.push(bytes.subarray(at, at + length));
      at += length;
      if (reader.heldBytes > MAX_HELD_BYTES) throw new Error(`${reader.heldBytes} bytes are held`);
    }
    return messages;
  } catch (error) {
    if (error instanceof AppError && error.kind === "invalid") return null;
    throw error;
  }
}

const startedAtMs = performance.now();
let refused = 0;
let messages = 0;
let slowestMs = 0;
let done = 0;
for (; done < INPUTS && performance.now() - startedAtMs < MAX_SECONDS * 1000; done += 1) {
  const bytes = mutate();
  const beganAtMs = performance.now();
  try {
    const came = read(bytes);
    if (came === null) refused += 1;
    else messages += came;
  } catch (error) {
    console.error(`seed ${seed}, input ${done}: ${bytes.toString("hex")}`);
    throw error;
  }
  slowestMs = Math.max(slowestMs, performance.now() - beganAtMs);
}
const seconds = (performance.now() - startedAtMs) / 1000;
const memoryMb = Math.round(process.memoryUsage().rss / 1e6);
console.log(
  `${done} inputs in ${seconds.toFixed(0)} s (seed ${seed}): ${refused} refused, ${messages} messages read, ` +
    `slowest ${slowestMs.toFixed(1)} ms, ${memoryMb} MB`,
);
