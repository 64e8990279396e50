import { expect, test } from "vitest";
import { TAG, tagHeader, tagTrailer } from "@/lib/media/flv/flv-file";
import { FlvSplitter } from "@/lib/media/flv/flv-splitter";

const header = Buffer.from([...Buffer.from("FLV\x01\x01", "latin1"), 0, 0, 0, 9, 0, 0, 0, 0]);
const tags = [
  { type: TAG.script, timestampMs: 0, body: Buffer.from("metadata") },
  { type: TAG.video, timestampMs: 40, body: Buffer.alloc(0) },
  // Beyond 24 bits: after 4 h 40 min.
  { type: TAG.video, timestampMs: 0x1234_5678, body: Buffer.alloc(3000, 7) },
] as const;
const stream = Buffer.concat([
  header,
  ...tags.flatMap(({ type, timestampMs, body }) => [
    ...[tagHeader(type, body.length, timestampMs), body, tagTrailer(body.length)],
  ]),
]);

test.each([1, 5, 13, 1000, 100_000])("tags are the same in pieces of %i bytes", (size) => {
  const seen: unknown[] = [];
  const splitter = new FlvSplitter((type, timestampMs, body) =>
    seen.push({ type, timestampMs, body: Buffer.from(body) }),
  );
  for (let at = 0; at < stream.length; at += size) splitter.write(stream.subarray(at, at + size));
  expect(seen).toEqual(tags);
});

test("what is no FLV is refused", () => {
  expect(() => new FlvSplitter(() => {}).write(Buffer.alloc(64))).toThrow("no FLV");
});
