/**
 * Makes sure that the database and the recordings folder belong together: both carry the id of the installation. A disk
 * that is not mounted, or another one, would look like a folder whose recordings are all gone.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { SettingsError } from "@/lib/server/config/settings";
import type { Database } from "@/lib/server/database/client";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";

/** Processes that start at the same instant get in each other's way at most once each. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;
/** Ids looked up with one query; SQLite takes 32 766 parameters, PostgreSQL 32 767. */
const LOOKUP = 1000;

/**
 * Compares the two, and marks a folder that has no mark yet: an empty one of a new installation, or one that holds
 * recordings of this database, from a version that made no marks. Writes nothing into any other.
 *
 * @throws {SettingsError} saying how database and folder do not belong together
 */
export async function settleInstallation(database: Database, folder: RecordingsFolder): Promise<void> {
  const id = await installationId(database);
  const mark = await folder.readMark();
  if (mark === null) {
    await expectOurs(database, folder);
    await folder.prepare();
    await folder.writeMark(id);
  } else if (mark !== id) {
    throw new SettingsError([
      `RECORDINGS_DIR: ${folder.root} belongs to another installation than the database (${mark}, not ${id}). ` +
        "Is another disk mounted there, or does DATABASE_URL name another database?",
    ]);
  }
  await folder.prepare();
  folder.expectMark(id);
}

/** @throws {SettingsError} when a folder without a mark is neither new nor ours */
async function expectOurs(database: Database, folder: RecordingsFolder): Promise<void> {
  const there = await folder.list();
  const known = await database.recording.count({ where: { deletedAt: null } });
  if (known === 0) {
    if (there.length === 0) return;
    throw new SettingsError([
      `RECORDINGS_DIR: ${folder.root} holds ${there.length} recordings, and the database knows none. ` +
        "Does DATABASE_URL name another database? Begin anew in an empty folder.",
    ]);
  }
  for (let at = 0; at < there.length; at += LOOKUP) {
    const ids = there.slice(at, at + LOOKUP);
    if ((await database.recording.count({ where: { id: { in: ids } } })) > 0) return;
  }
  throw new SettingsError([
    `RECORDINGS_DIR: ${folder.root} has none of the ${known} recordings that the database knows. ` +
      "Is its disk not mounted?",
  ]);
}

/** The id of this installation, made by whichever process comes first. */
async function installationId(database: Database): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const row = await database.installation.findFirst();
    if (row !== null) return row.id;
    try {
      await database.$transaction(
        async (transaction) => {
          if ((await transaction.installation.count()) > 0) return;
          await transaction.installation.create({ data: { id: randomUUID() } });
        },
        { isolationLevel: "Serializable" },
      );
    } catch (error) {
      // Of two that made one at the same time, one fails and finds the other's.
      if (attempt === ATTEMPTS) throw error;
      await pause(PAUSE_MS);
    }
  }
}
