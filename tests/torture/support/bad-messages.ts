/**
 * What a broken or hostile client sends: messages that are fine in any order and number, and last words after which the
 * server has to close.
 */
import { randomBytes } from "node:crypto";
import { frame, OPCODE } from "@/tests/torture/support/raw-socket";
import type { SeededRandom } from "@/tests/torture/support/seeded-random";

/** Around every border of the frame's length field, and of what comes in one read. */
const SIZES = [0, 1, 2, 124, 125, 126, 127, 128, 1000, 1459, 1460, 1461, 4096];
const LARGE_SIZES = [16_384, 65_535, 65_536, 65_537, 200_000];

export interface Batch {
  /** Frames, one after another. */
  wire: Buffer;
  /** What of it belongs to the track. */
  content: Buffer;
  /** Ends of the messages within `content`. */
  ends: number[];
  messages: number;
}

/** Messages that a server must take, mixed and repeated: bytes, whole and in fragments, clocks, starts, pings. */
export function makeBatch(random: SeededRandom, messages: number): Batch {
  const wire: Buffer[] = [];
  const content: Buffer[] = [];
  const ends: number[] = [];
  let end = 0;
  let last: Buffer = Buffer.from("first");
  for (let index = 0; index < messages; index += 1) {
    const choice = random.next();
    if (choice < 0.75) {
      // A repeat is no repeat to the server: it is the next bytes, which happen to be the same.
      const bytes = choice < 0.05 ? last : payload(random);
      last = bytes;
      content.push(bytes);
      end += bytes.length;
      ends.push(end);
      if (choice < 0.65) wire.push(frame(OPCODE.binary, bytes));
      else wire.push(...fragments(random, bytes));
    } else if (choice < 0.95) wire.push(frame(OPCODE.text, Buffer.from(JSON.stringify(goodText(random)))));
    else wire.push(frame(random.pick([OPCODE.ping, OPCODE.pong]), random.bytes(random.between(0, 125))));
  }
  return { wire: Buffer.concat(wire), content: Buffer.concat(content), ends, messages };
}

function payload(random: SeededRandom): Buffer {
  if (random.chance(0.01)) return randomBytes(random.pick(LARGE_SIZES));
  return random.bytes(random.chance(0.3) ? random.pick(SIZES) : random.between(0, 300));
}

/** One message in two to five pieces, of which some may be empty, with pings between them (RFC 6455 §5.4). */
function fragments(random: SeededRandom, bytes: Buffer): Buffer[] {
  const pieces = random.between(2, 5);
  const cuts = Array.from({ length: pieces - 1 }, () => random.between(0, bytes.length)).sort((a, b) => a - b);
  const frames: Buffer[] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    const part = bytes.subarray(cuts[piece - 1] ?? 0, cuts[piece] ?? bytes.length);
    frames.push(frame(piece === 0 ? OPCODE.binary : OPCODE.continuation, part, { fin: piece === pieces - 1 }));
    if (random.chance(0.2)) frames.push(frame(OPCODE.ping, Buffer.alloc(0)));
  }
  return frames;
}

function goodText(random: SeededRandom): object {
  // A clock may claim anything: it is a hint about time, and never moves a byte.
  if (random.chance(0.8)) {
    return {
      type: "clock",
      offset: random.pick([0, 1, random.between(0, 2 ** 31), 2 ** 53 - 1]),
      perfMs: random.between(0, 1e9),
    };
  }
  return {
    type: "start",
    mimeType: random.pick(["video/webm", "", "x".repeat(200), "../../etc/passwd", "video/mp4\u0000"]),
    startedAtMs: random.pick([0, 1e15, Date.now()]),
    ...(random.chance(0.5) ? { browser: "firefox" } : {}),
    extra: { nested: [null, true] },
  };
}

/** Last words: each must end its connection, and only that. */
export const LAST_WORDS: Readonly<Record<string, (random: SeededRandom) => Buffer>> = {
  "text that is no JSON": (random) => frame(OPCODE.text, Buffer.from(random.bytes(20).toString("hex"))),
  "JSON that is no message": (random) =>
    frame(
      OPCODE.text,
      Buffer.from(random.pick(["null", "[]", "7", '"finish"', "{}", '{"type":"__proto__"}', '{"type":["finish"]}'])),
    ),
  "a finish that makes no sense": (random) =>
    frame(
      OPCODE.text,
      Buffer.from(
        random.pick([
          '{"type":"finish","offset":-1}',
          '{"type":"finish","offset":1.5}',
          '{"type":"finish","offset":1e400}',
          '{"type":"finish","offset":"0"}',
          '{"type":"finish","offset":0,"sha256":"x"}',
          '{"type":"finish"}',
        ]),
      ),
    ),
  "text nested ten thousand deep": () => frame(OPCODE.text, Buffer.from("[".repeat(10_000))),
  "text of 17 KiB": () => frame(OPCODE.text, Buffer.from(`{"type":"start","mimeType":"${"x".repeat(17_000)}"}`)),
  "text that is no UTF-8": () => frame(OPCODE.text, Buffer.from([0xff, 0xfe, 0xc0, 0xaf])),
  "a frame without a mask": (random) => frame(OPCODE.binary, random.bytes(50), { isMasked: false }),
  "reserved bits": (random) => frame(OPCODE.binary, random.bytes(50), { reserved: random.between(1, 7) }),
  "an unknown opcode": (random) => frame(random.pick([3, 4, 7, 11, 15]), random.bytes(10)),
  "a continuation of nothing": (random) => frame(OPCODE.continuation, random.bytes(10)),
  "a message inside a message": (random) =>
    Buffer.concat([frame(OPCODE.binary, random.bytes(10), { fin: false }), frame(OPCODE.binary, random.bytes(10))]),
  "a ping in fragments": (random) => frame(OPCODE.ping, random.bytes(10), { fin: false }),
  "a ping of 126 bytes": (random) => frame(OPCODE.ping, random.bytes(126)),
  "a close of one byte": (random) => frame(OPCODE.close, random.bytes(1)),
  "a close with a code nobody may send": (random) =>
    frame(OPCODE.close, Buffer.from([3, random.pick([0xed, 0xee, 0xf7, 0xff])])),
  "a length of 2^63": (random) => frame(OPCODE.binary, random.bytes(10), { claimedLength: 2n ** 63n }),
  "a message over the limit": (random) => frame(OPCODE.binary, random.bytes(10), { claimedLength: 2n ** 28n + 1n }),
};
