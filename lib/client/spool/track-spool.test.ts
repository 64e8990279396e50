import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { FakeTrackStore } from "@/lib/client/spool/fake-track-store";
import { TrackSpool } from "@/lib/client/spool/track-spool";
import { lastRun, type StoredTrack } from "@/lib/client/spool/track-store";
import { AppError } from "@/lib/domain/errors";

/** Bytes whose value says where they belong. */
function bytesAt(offset: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (offset + index) % 251);
}

function append(spool: TrackSpool, length: number): void {
  spool.append(bytesAt(spool.endOffset, length), 0);
}

async function readAll(spool: TrackSpool, maxBytes: number): Promise<number[]> {
  const all: number[] = [];
  while (spool.startOffset + all.length < spool.endOffset) {
    all.push(...(await spool.read(spool.startOffset + all.length, maxBytes)));
  }
  return all;
}

test("bytes can be read at once, across chunks, before they are stored", async () => {
  const spool = new TrackSpool(null);
  append(spool, 10);
  append(spool, 10);
  expect([...(await spool.read(8, 4))]).toEqual([8, 9, 10, 11]);
  expect([...(await spool.read(19, 4))]).toEqual([19]);
});

test("stored bytes beyond the window leave memory and are read from the store", async () => {
  const store = new FakeTrackStore();
  const spool = new TrackSpool(store, { windowBytes: 20 });
  for (let chunk = 0; chunk < 10; chunk += 1) append(spool, 10);
  await spool.settled();
  expect(spool.heldBytes).toBe(20);
  expect(await readAll(spool, 7)).toEqual([...bytesAt(0, 100)]);
  expect(store.reads).toBeGreaterThan(0);
});

test("bytes that are not stored yet stay in memory, however slow the disk is", async () => {
  const store = new FakeTrackStore();
  let open = () => {};
  store.gate = new Promise((resolve) => {
    open = resolve;
  });
  const spool = new TrackSpool(store, { windowBytes: 20 });
  for (let chunk = 0; chunk < 10; chunk += 1) append(spool, 10);
  expect(spool.heldBytes).toBe(100);
  open();
  await spool.settled();
  expect(spool.heldBytes).toBe(20);
});

test("released bytes leave memory at once, and the store once a megabyte has gathered", async () => {
  const store = new FakeTrackStore();
  const spool = new TrackSpool(store);
  spool.append(new Uint8Array(600_000), 0);
  spool.append(new Uint8Array(600_000), 0);
  await spool.settled();
  spool.release(600_000);
  await spool.settled();
  expect(spool.heldBytes).toBe(600_000);
  expect(store.chunks).toHaveLength(2);
  spool.release(1_200_000);
  await spool.settled();
  expect(store.chunks).toHaveLength(0);
  expect(store.facts).toMatchObject({ ackedOffset: 1_200_000, isComplete: false });
});

test("what was released before its turn came is not stored any more", async () => {
  const store = new FakeTrackStore();
  const spool = new TrackSpool(store);
  append(spool, 10);
  spool.release(10);
  append(spool, 5);
  await spool.settled();
  expect(store.chunks.map(({ offset }) => offset)).toEqual([10]);
});

test("facts for a recovery are written when the recorder begins and when it ends", async () => {
  const store = new FakeTrackStore();
  const spool = new TrackSpool(store);
  spool.begin({ mimeType: "audio/webm;codecs=opus", startedAtMs: 7 });
  await spool.settled();
  expect(store.facts).toEqual({
    mimeType: "audio/webm;codecs=opus",
    startedAtMs: 7,
    isLast: false,
    ackedOffset: 0,
    isComplete: false,
  });
  spool.complete();
  await spool.settled();
  expect(store.facts?.isComplete).toBe(true);
});

test("when the browser has no more room, memory takes over, says so once, and no byte is lost", async () => {
  const store = new FakeTrackStore();
  store.roomBytes = 35;
  const onDegraded = vi.fn();
  const spool = new TrackSpool(store, { windowBytes: 10, onDegraded });
  for (let chunk = 0; chunk < 10; chunk += 1) append(spool, 10);
  await spool.settled();
  expect(onDegraded).toHaveBeenCalledTimes(1);
  expect((onDegraded.mock.calls[0] as [AppError])[0].code).toBe("spool_full");
  expect(await readAll(spool, 64)).toEqual([...bytesAt(0, 100)]);
});

test("when memory is full, too, that is said once", () => {
  const onFull = vi.fn();
  const spool = new TrackSpool(null, { memoryLimitBytes: 25, onFull });
  append(spool, 20);
  expect(onFull).not.toHaveBeenCalled();
  append(spool, 20);
  append(spool, 20);
  expect(onFull).toHaveBeenCalledTimes(1);
});

test("bytes that the store has lost are an error, not a hole", async () => {
  const store = new FakeTrackStore();
  const spool = new TrackSpool(store, { windowBytes: 10 });
  for (let chunk = 0; chunk < 3; chunk += 1) append(spool, 10);
  await spool.settled();
  store.chunks = [];
  await expect(spool.read(0, 10)).rejects.toThrow(AppError);
});

test("removing waits for what is under way and leaves nothing", async () => {
  const store = new FakeTrackStore();
  const spool = new TrackSpool(store);
  append(spool, 10);
  append(spool, 10);
  await spool.remove();
  expect(store.isRemoved).toBe(true);
  expect(store.chunks).toHaveLength(0);
});

test("whatever is stored, released or refused: what was not released can be read, byte for byte", async () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("append" as const), length: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ what: fc.constant("release" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ what: fc.constant("settle" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.option(fc.integer({ min: 0, max: 500 })),
      fc.integer({ min: 1, max: 80 }),
      async (steps, roomBytes, readBytes) => {
        const store = new FakeTrackStore();
        if (roomBytes !== null) store.roomBytes = roomBytes;
        const spool = new TrackSpool(store, { windowBytes: 40 });
        for (const it of steps) {
          if (it.what === "append") append(spool, it.length);
          else if (it.what === "settle") await spool.settled();
          else spool.release(Math.floor(spool.startOffset + (spool.endOffset - spool.startOffset) * it.share));
        }
        const left = spool.endOffset - spool.startOffset;
        expect(await readAll(spool, readBytes)).toEqual([...bytesAt(spool.startOffset, left)]);
      },
    ),
  );
});

test("of stored pieces, the last run without a hole is what can be sent", () => {
  const piece = (startOffset: number, endOffset: number) => ({ startOffset, endOffset });
  expect(lastRun([], 70)).toEqual(piece(70, 70));
  expect(lastRun([piece(10, 20), piece(20, 35)], 0)).toEqual(piece(10, 35));
  expect(lastRun([piece(0, 10), piece(20, 30), piece(30, 40)], 0)).toEqual(piece(20, 40));
});

test("what an earlier page left is read from its store, and the server may have more of it than was stored", async () => {
  const store = new FakeTrackStore();
  store.chunks = [
    { offset: 10, bytes: bytesAt(10, 10), perfMs: 0 },
    { offset: 20, bytes: bytesAt(20, 10), perfMs: 0 },
  ];
  const spool = TrackSpool.restore(
    { facts: {}, startOffset: 10, endOffset: 30, marks: [] } as unknown as StoredTrack,
    store,
  );
  expect(await readAll(spool, 64)).toEqual([...bytesAt(10, 20)]);
  expect(spool.reach(5)).toBe(false);
  expect(spool.reach(10)).toBe(true);
  expect(spool.reach(42)).toBe(true);
  expect(spool.endOffset).toBe(42);
});

test("of a track that is being recorded here, the server cannot have more than there is", () => {
  const spool = new TrackSpool(null);
  append(spool, 10);
  expect(spool.reach(10)).toBe(true);
  expect(spool.reach(11)).toBe(false);
});
