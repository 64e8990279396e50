import { expect, test } from "vitest";
import { expectedKinds, lostTracks } from "@/lib/domain/take-tracks";

const take = (number: number, cause: string | null, expectedTracks: string | null) => ({
  number,
  cause,
  expectedTracks,
});

test("a track is lost from the take that began without it until one has it again", () => {
  expect(
    lostTracks([
      take(1, null, "video,audio"),
      take(2, "device_lost", "video"),
      take(3, "suspended", "video"),
      take(4, "device_lost", "video,audio"),
      take(5, "share_ended", "audio"),
    ]),
  ).toEqual([
    { takeNumber: 2, kind: "audio", code: "device_lost" },
    { takeNumber: 3, kind: "audio", code: "device_lost" },
    { takeNumber: 5, kind: "video", code: "share_ended" },
  ]);
});

test("who goes on with other devices, or announces nothing, misses nothing", () => {
  expect(lostTracks([take(1, null, "video,audio"), take(2, "page_closed", "audio")])).toEqual([]);
  expect(
    lostTracks([take(1, null, "video,audio"), take(2, "device_lost", "video"), take(3, "page_closed", "video")]),
  ).toEqual([{ takeNumber: 2, kind: "audio", code: "device_lost" }]);
  expect(lostTracks([take(1, null, ""), take(2, "device_lost", "video"), take(3, "device_lost", null)])).toEqual([]);
});

test("a take has the tracks announced for it, and those of the recording where it says nothing", () => {
  const recording = { expectedTracks: "video", takes: [take(1, null, "video,audio"), take(2, "suspended", null)] };
  expect(expectedKinds(recording, 1)).toEqual(["video", "audio"]);
  expect(expectedKinds(recording, 2)).toEqual(["video"]);
});
