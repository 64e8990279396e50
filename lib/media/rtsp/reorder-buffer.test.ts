/** Datagrams in any order come out in theirs. */
import { expect, test } from "vitest";
import { ReorderBuffer } from "@/lib/media/rtsp/reorder-buffer";

function packet(sequence: number): Uint8Array {
  const bytes = new Uint8Array(13);
  bytes.set([0x80, 96, (sequence >> 8) & 0xff, sequence & 0xff]);
  return bytes;
}

/** What comes out when these go in. */
function order(sequences: readonly number[]): { out: number[]; buffer: ReorderBuffer } {
  const out: number[] = [];
  const buffer = new ReorderBuffer((bytes) => out.push(((bytes[2] as number) << 8) | (bytes[3] as number)));
  for (const sequence of sequences) buffer.push(packet(sequence));
  return { out, buffer };
}

test.each([
  ["in order", [5, 6, 7], [5, 6, 7]],
  ["overtaken", [5, 7, 8, 6, 9], [5, 6, 7, 8, 9]],
  ["across the wrap", [65534, 0, 65535, 1], [65534, 65535, 0, 1]],
  ["twice", [5, 6, 6, 5, 7], [5, 6, 7]],
  ["a sender that begins anew", [5, 6, 30_000, 30_001], [5, 6, 30_000, 30_001]],
])("%s", (_name, given, expected) => {
  const { out, buffer } = order(given);
  expect(out).toEqual(expected);
  expect(buffer.isHolding).toBe(false);
});

test("what is missing is waited for until it is given up, and not let in afterwards", () => {
  const { out, buffer } = order([5, 9, 7]);
  expect(out).toEqual([5]);
  expect(buffer.isHolding).toBe(true);
  buffer.flush();
  buffer.push(packet(6));
  buffer.push(packet(10));
  expect(out).toEqual([5, 7, 9, 10]);
});

test("no more is held than would be read again soon", () => {
  const ahead = Array.from({ length: 64 }, (_, index) => 7 + index);
  const { out, buffer } = order([5, ...ahead]);
  expect(out).toEqual([5, ...ahead]);
  expect(buffer.isHolding).toBe(false);
});

test("what is too short for a packet is left out", () => {
  const { out, buffer } = order([5]);
  buffer.push(new Uint8Array(11));
  expect(out).toEqual([5]);
});
