/** Work folders of compilations and extras that are over and could not remove them themselves: their worker was killed. */
import fs from "node:fs/promises";
import path from "node:path";
import { WORK_FOLDER } from "@/lib/domain/names";
import type { Services } from "@/lib/server/services";

/** Compilations that began within this may have left a work folder behind. */
const WORK_LEFT_MS = 48 * 3_600_000;
/** A compilation whose folder was touched within this may have just been claimed. */
const COMPILATION_IDLE_MS = 60_000;

/** @returns how many were removed */
export async function removeLeftWork({ database, folder, log, config }: Services): Promise<number> {
  const over = await database.recording.findMany({
    where: {
      state: { not: "compiling" },
      deletedAt: null,
      compileStartedAt: { gt: new Date(Date.now() - WORK_LEFT_MS) },
    },
    select: { id: true },
  });
  let removed = 0;
  for (const { id } of over) {
    const parent = path.join(folder.folder(id), WORK_FOLDER);
    const names = await fs.readdir(parent).catch(() => []);
    for (const name of names) {
      const work = path.join(parent, name);
      // Nobody but a compilation says in the row that it is at work; the longest run of one FFmpeg is all that is known.
      const idleMs = name.startsWith("compile-") ? COMPILATION_IDLE_MS : config.COMPILE_TIMEOUT_MINUTES * 60_000;
      if (Date.now() - (await lastWrittenMs(work)) < idleMs) continue;
      await fs.rm(work, { recursive: true, force: true });
      removed += 1;
      log.info({ recordingId: id, work: name }, "left work folder removed");
    }
    if (names.length > 0) await fs.rmdir(parent).catch(() => {}); // another compilation is at work in it
  }
  return removed;
}

/** When something was last written in a folder: its own time is only that of the last name in it. */
async function lastWrittenMs(folder: string): Promise<number> {
  const names = await fs.readdir(folder).catch(() => []);
  const paths = [folder, ...names.map((name) => path.join(folder, name))];
  // What is gone when it is looked at was being worked on.
  const times = await Promise.all(
    paths.map((each) =>
      fs.stat(each).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      ),
    ),
  );
  return Math.max(...times);
}
