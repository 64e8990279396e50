import { expect, test } from "vitest";
import { bitRate, codecs } from "@/components/streams/stream-words";

test("bit rates have three digits that matter", () => {
  expect([0, 96_400, 999_000, 4_020_000, 24_500_000].map(bitRate)).toEqual([
    "0 kb/s",
    "96 kb/s",
    "999 kb/s",
    "4.02 Mb/s",
    "24.5 Mb/s",
  ]);
});

test("codecs are named as they are written, and left out while unknown", () => {
  expect(codecs({ videoCodec: "h264", audioCodec: "aac" })).toEqual(["H.264", "AAC"]);
  expect(codecs({ videoCodec: null, audioCodec: "other" })).toEqual(["another codec"]);
});
