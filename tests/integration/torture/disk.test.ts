/** What `npm run torture:disk` found: a disk that fails a sync and then does not even let the file be cut back. */
import fs from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { TrackWriter, type WriterFileSystem } from "@/lib/server/storage/track-writer";

test("a file that could not be cut back is cut before it is opened again", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-uncut-"));
  const file = path.join(folder, "video.webm");
  const failure = (code: string) => Object.assign(new Error(code), { code });
  let syncs = 0;
  const fileSystem: WriterFileSystem = {
    writev: fs.writev,
    fdatasync(fd, done) {
      syncs += 1;
      if (syncs === 1) return fs.fdatasync(fd, done);
      // The kernel drops what it could not write and calls it clean.
      fs.writeSync(fd, Buffer.alloc(4), 0, 4, 12);
      done(failure("EIO"));
    },
  };
  const options = { syncIntervalMs: 5, onDurable: () => {}, onFailure: () => {} };
  try {
    const writer = await TrackWriter.open(file, { ...options, fileSystem });
    writer.append(0, [Buffer.from("acknowledged")]);
    await writer.flush();
    const truncate = vi
      .spyOn(fs, "ftruncate")
      .mockImplementationOnce(((_fd: number, _length: number, done: (error: Error) => void) =>
        done(failure("EROFS"))) as typeof fs.ftruncate);
    writer.append(12, [Buffer.from("lost")]);
    await expect(writer.flush()).rejects.toMatchObject({ code: "storage_failed" });
    await writer.close();
    truncate.mockRestore();
    expect(await readFile(file, "utf8")).toBe("acknowledged\0\0\0\0");

    const again = await TrackWriter.open(file, options);
    expect(again.durableOffset).toBe(12);
    again.append(12, [Buffer.from(" lost")]);
    await again.close();
    expect(await readFile(file, "utf8")).toBe("acknowledged lost");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
