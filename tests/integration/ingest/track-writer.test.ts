/** The append-only writer on a real disk, and with a disk that fails as disks do. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AppError } from "@/lib/domain/errors";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { TrackWriter, type TrackWriterOptions, type WriterFileSystem } from "@/lib/server/storage/track-writer";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-writer-"));
  file = path.join(folder, "video.webm");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const durable: number[] = [];
const failures: AppError[] = [];
function open(options: Partial<TrackWriterOptions> = {}): Promise<TrackWriter> {
  durable.length = 0;
  failures.length = 0;
  return TrackWriter.open(file, {
    syncIntervalMs: 5,
    onDurable: (offset) => durable.push(offset),
    onFailure: (error) => failures.push(error),
    ...options,
  });
}

/** A disk whose calls fail from the n-th on, with an error code. */
function failing(call: keyof WriterFileSystem, nth: number, code: string): WriterFileSystem {
  let count = 0;
  const error = Object.assign(new Error(code), { code });
  return {
    writev: (fd, buffers, position, done) =>
      call === "writev" && ++count >= nth ? done(error, 0) : fs.writev(fd, buffers, position, done),
    fdatasync: (fd, done) => (call === "fdatasync" && ++count >= nth ? done(error) : fs.fdatasync(fd, done)),
  };
}

test("what lies behind the last acknowledged byte is cut off when its source can send it again", async () => {
  await writeFile(file, "abcdef\0\0");
  const size = async (held: TrackWriterOptions["held"]) => {
    const writer = await open({ held });
    await writer.close();
    return writer.durableOffset;
  };
  // The source has less than is there: another page has sent the rest.
  expect(await size({ fromOffset: 4, endOffset: 7 })).toBe(8);
  // All that is there was acknowledged.
  expect(await size({ fromOffset: 8, endOffset: 20 })).toBe(8);
  expect(await size({ fromOffset: 9, endOffset: 20 })).toBe(8);
  expect(await size(undefined)).toBe(8);
  expect(await size({ fromOffset: 6, endOffset: 8 })).toBe(6);
  expect(await readFile(file, "utf8")).toBe("abcdef");
});

test("what is reported as durable was synced before", async () => {
  const calls: string[] = [];
  const fileSystem: WriterFileSystem = {
    writev: (fd, buffers, position, done) =>
      fs.writev(fd, buffers, position, (error, written) => {
        calls.push("written");
        done(error, written);
      }),
    fdatasync: (fd, done) =>
      fs.fdatasync(fd, (error) => {
        calls.push("synced");
        done(error);
      }),
  };
  const writer = await open({ fileSystem, onDurable: (offset) => calls.push(`durable ${offset}`) });
  writer.append(0, [Buffer.from("abc")]);
  await writer.flush();
  writer.append(3, [Buffer.from("de")]);
  await writer.flush();
  expect(calls).toEqual(["written", "synced", "durable 3", "written", "synced", "durable 5"]);
  await writer.close();
});

test("a repeat of what is there succeeds, and a hole is a conflict that changes nothing", async () => {
  const writer = await open();
  writer.append(0, [Buffer.from("abcdef")]);
  writer.append(2, [Buffer.from("cd")]);
  writer.append(4, [Buffer.from("ef"), Buffer.from("gh")]);
  expect(() => writer.append(9, [Buffer.from("x")])).toThrow(
    expect.objectContaining({ kind: "conflict", facts: { expectedOffset: 8 } }),
  );
  await writer.close();
  expect(await readFile(file, "utf8")).toBe("abcdefgh");
});

test("a track that is opened again goes on at its end, and its digest is left to who reads the file", async () => {
  const first = await open();
  first.append(0, [Buffer.from("abc")]);
  await first.flush();
  expect(first.digest()).toBe(await sha256OfFile(file));
  await first.close();
  const second = await open();
  expect(second.durableOffset).toBe(3);
  expect(second.digest()).toBeNull();
  second.append(3, [Buffer.from("def")]);
  await second.close();
  expect(await readFile(file, "utf8")).toBe("abcdef");
});

test("whatever pieces and repeats the bytes come in, the file holds each once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 3000 }), back: fc.integer({ min: 0, max: 2000 }) })),
      async (steps) => {
        await rm(file, { force: true });
        const source = randomBytes(3000 * 101);
        const writer = await open({ syncIntervalMs: 1 });
        for (const { bytes, back } of steps) {
          const from = Math.max(0, writer.endOffset - back);
          writer.append(from, [source.subarray(from, from + bytes)]);
          if (bytes % 7 === 0) await writer.flush();
        }
        const end = await writer.flush();
        await writer.close();
        expect((await readFile(file)).equals(source.subarray(0, end))).toBe(true);
        expect(durable).toEqual([...durable].sort((a, b) => a - b));
      },
    ),
    { numRuns: 60 },
  );
});

describe("a disk that fails", () => {
  test.each([
    ["writev", "ENOSPC", "disk_full"],
    ["writev", "EIO", "storage_failed"],
    ["fdatasync", "ENOSPC", "disk_full"],
    ["fdatasync", "EIO", "storage_failed"],
  ] as const)("with %s %s keeps what was acknowledged and nothing else", async (call, code, reason) => {
    const writer = await open({ fileSystem: failing(call, 2, code) });
    writer.append(0, [Buffer.from("acknowledged")]);
    await writer.flush();
    writer.append(12, [Buffer.from("lost")]);
    await expect(writer.flush()).rejects.toMatchObject({ code: reason });
    expect(failures).toHaveLength(1);
    expect(() => writer.append(16, [Buffer.from("more")])).toThrow(expect.objectContaining({ code: reason }));
    await writer.close();
    expect(durable).toEqual([12]);
    expect(await readFile(file, "utf8")).toBe("acknowledged");
  });

  test("that is full after a part of a group keeps that part", async () => {
    let isFull = false;
    const writer = await open({
      fileSystem: {
        writev: (fd, buffers, position, done) => {
          if (isFull) return done(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }), 0);
          isFull = true;
          fs.writev(fd, [Buffer.concat(buffers).subarray(0, 5)], position, done);
        },
        fdatasync: fs.fdatasync,
      },
    });
    writer.append(0, [Buffer.from("abc"), Buffer.from("defgh")]);
    await expect(writer.flush()).rejects.toMatchObject({ code: "disk_full" });
    await writer.close();
    expect(durable).toEqual([5]);
    expect(await readFile(file, "utf8")).toBe("abcde");
  });

  test("that takes a part of a write gets the rest of it again", async () => {
    let calls = 0;
    const writer = await open({
      fileSystem: {
        writev: (fd, buffers, position, done) => {
          calls += 1;
          const all = Buffer.concat(buffers);
          fs.writev(fd, [all.subarray(0, Math.max(1, all.length >> 1))], position, done);
        },
        fdatasync: fs.fdatasync,
      },
    });
    writer.append(0, [Buffer.from("abc"), Buffer.from("defgh")]);
    expect(await writer.flush()).toBe(8);
    expect(calls).toBe(4);
    await writer.close();
    expect(await readFile(file, "utf8")).toBe("abcdefgh");
  });

  test("is no reason to leave a folder that cannot be written unexplained", async () => {
    await writeFile(path.join(folder, "a-file"), "");
    file = path.join(folder, "a-file", "video.webm");
    await expect(open()).rejects.toMatchObject({ kind: "unavailable", code: "storage_failed" });
  });
});

test("a source is held back while the disk is behind, and let go when it has caught up", async () => {
  let release = () => {};
  const writer = await open({
    fileSystem: {
      writev: fs.writev,
      fdatasync: (fd, done) => {
        release = () => fs.fdatasync(fd, done);
      },
    },
  });
  const piece = Buffer.alloc(1024 ** 2);
  while (!writer.isBehind) writer.append(writer.endOffset, [piece]);
  expect(writer.hasCaughtUp).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // A timer may fire up to a millisecond early.
  expect(writer.waitingMs).toBeGreaterThanOrEqual(19);
  const end = writer.endOffset;
  const flushed = writer.flush();
  while (writer.durableOffset < end) {
    release();
    release = () => {};
    await new Promise((resolve) => setImmediate(resolve));
  }
  await flushed;
  expect(writer.isBehind).toBe(false);
  expect(writer.waitingMs).toBe(0);
  expect(writer.hasCaughtUp).toBe(true);
  await writer.close();
});
