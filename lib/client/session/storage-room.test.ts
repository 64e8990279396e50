import { expect, test } from "vitest";
import { littleRoom } from "@/lib/client/session/storage-room";

const MEBIBYTE = 1024 ** 2;

test("plenty of room is not mentioned", () => {
  expect(littleRoom(10_000 * MEBIBYTE, 500)).toBeNull();
});

test("less than ten minutes of this recording are mentioned, with how many there are", () => {
  expect(littleRoom(600_000_000, 2000)).toEqual({ freeBytes: 600_000_000, leftMs: 300_000 });
});

test("very little room is mentioned before anything is known of the recording", () => {
  expect(littleRoom(100 * MEBIBYTE, 0)).toEqual({ freeBytes: 100 * MEBIBYTE, leftMs: null });
});
