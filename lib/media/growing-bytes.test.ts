import { expect, test } from "vitest";
import { GrowingBytes } from "@/lib/media/growing-bytes";

/** Bytes whose values say where they are. */
const numbered = (from: number, to: number) =>
  Uint8Array.from({ length: to - from }, (_, index) => (from + index) % 251);

test("what was pushed in pieces of any size is read as one", async () => {
  const growing = new GrowingBytes();
  let end = 0;
  for (const length of [1, 2, 3, 100, 5, 0, 1000, 1]) {
    growing.push(numbered(end, end + length));
    end += length;
  }
  growing.end();
  expect(growing.sizeBytes).toBe(end);
  for (let from = 0; from < end; from += 7) {
    for (const length of [1, 2, 50, 400, end - from]) {
      const read = await growing.read(from, length, length);
      expect(read).toEqual(numbered(from, Math.min(from + length, end)));
    }
  }
  expect(await growing.read(end, 10)).toHaveLength(0);
});

test("reading waits for as many as are wanted at least, and for no more than there are", async () => {
  const growing = new GrowingBytes();
  growing.push(numbered(0, 3));
  let read: Uint8Array | null = null;
  const reading = growing.read(1, 100, 4).then((bytes) => {
    read = bytes;
  });
  growing.push(numbered(3, 4));
  await Promise.resolve();
  expect(read).toBeNull();
  growing.push(numbered(4, 6));
  await reading;
  expect(read).toEqual(numbered(1, 5));
  const rest = growing.read(5, 100, 50);
  growing.end();
  expect(await rest).toEqual(numbered(5, 6));
});

test("what was released is forgotten, and what was read stays as it is", async () => {
  const growing = new GrowingBytes();
  growing.push(numbered(0, 100));
  growing.push(numbered(100, 200));
  const window = await growing.read(90, 20, 20);
  growing.release(150);
  growing.push(numbered(200, 300));
  expect(window).toEqual(numbered(90, 110));
  expect(growing.waitingBytes).toBe(150);
  await expect(growing.read(50, 1)).rejects.toThrow("byte 50 has been forgotten");
  expect(await growing.read(150, 100, 100)).toEqual(numbered(150, 250));
});

test("who is ahead waits until there is room, and whoever reads hears of a failure", async () => {
  const growing = new GrowingBytes();
  growing.push(numbered(0, 100));
  let hasRoom = false;
  const waiting = growing.room(50).then(() => {
    hasRoom = true;
  });
  growing.release(40);
  await Promise.resolve();
  expect(hasRoom).toBe(false);
  growing.release(60);
  await waiting;
  const reading = growing.read(100, 1);
  growing.fail(new Error("the disk is gone"));
  await expect(reading).rejects.toThrow("the disk is gone");
});
