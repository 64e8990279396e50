/** The names Tapedeck gives, and what it makes of the titles it is given. */
import { describe, expect, test } from "vitest";
import {
  cleanTitle,
  clockFilename,
  downloadFilename,
  foldForSearch,
  isRecordingId,
  trackFilename,
} from "@/lib/domain/names";

test("only a lower-case UUID is an id", () => {
  expect(isRecordingId("0b8f2a3c-1d2e-4f50-8a9b-0c1d2e3f4a5b")).toBe(true);
  for (const text of [
    "",
    "..",
    "0B8F2A3C-1D2E-4F50-8A9B-0C1D2E3F4A5B",
    "0b8f2a3c-1d2e-4f50-8a9b-0c1d2e3f4a5b/..",
    "\n",
  ]) {
    expect(isRecordingId(text)).toBe(false);
  }
});

test("the first take has the names of the contract, later ones their number", () => {
  expect(trackFilename("video", 1)).toBe("video.webm");
  expect(trackFilename("audio", 2)).toBe("audio-2.webm");
  expect(clockFilename("audio-2.webm")).toBe("audio-2.clock.jsonl");
});

describe("a title", () => {
  test.each([
    ["  two\n lines\t", "two lines"],
    ["\u202Egnp.exe", "gnp.exe"],
    ["e\u0301", "é"],
    ["half a pair \ud83d", "half a pair \ufffd"],
    ["👩‍👩‍👧 family", "👩‍👩‍👧 family"],
  ])("%j becomes %j", (text, expected) => expect(cleanTitle(text)).toBe(expected));
});

describe("the name of a download", () => {
  test.each([
    ["Talk 1/2: intro?", "Talk 1-2- intro-.mp4"],
    ["../../etc/passwd", "-..-etc-passwd.mp4"],
    [".hidden.", "hidden.mp4"],
    ["", "recording.mp4"],
    ["CON", "recording.mp4"],
    ["🎬".repeat(150), `${"🎬".repeat(100)}.mp4`],
  ])("of %j is %j", (title, expected) => expect(downloadFilename(title, "mp4")).toBe(expected));
});

test("a search finds what is written otherwise, and its wildcards mean themselves", () => {
  expect(foldForSearch("ÜBERSICHT ﬁnal")).toBe("ubersicht final");
  expect(foldForSearch("100%")).not.toContain("%");
});
