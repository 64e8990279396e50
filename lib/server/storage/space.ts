/**
 * Room on the disk, by account: every live recording has RESERVE_BYTES set aside, so that what runs can go on while
 * nothing new begins. Nothing is allocated; a recording that runs may use the last byte.
 */
import { AppError } from "@/lib/domain/errors";
import type { Config } from "@/lib/server/config/load";
import type { Database } from "@/lib/server/database/client";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";

type Disk = {
  database: Database;
  folder: RecordingsFolder;
  config: Pick<Config, "MIN_FREE_BYTES" | "RESERVE_BYTES">;
};

/** What live recordings have reserved, in bytes. */
export async function reservedBytes({ database, config }: Omit<Disk, "folder">): Promise<number> {
  const recordings = await database.recording.count({ where: { state: "recording", deletedAt: null } });
  const cameras = await database.camera.count({ where: { wanted: true, deletedAt: null } });
  return config.RESERVE_BYTES * (recordings + cameras);
}

/**
 * Whether something new may begin.
 *
 * @param aheadBytes what it reserves itself
 */
export function hasRoom(freeBytes: number, reserved: number, aheadBytes: number, { config }: Pick<Disk, "config">) {
  return freeBytes - reserved - aheadBytes >= config.MIN_FREE_BYTES;
}

/** @throws {AppError} storage_full when there is no room for one more live recording */
export async function expectRoomToRecord(disk: Disk): Promise<void> {
  if (hasRoom(await disk.folder.freeBytes(), await reservedBytes(disk), disk.config.RESERVE_BYTES, disk)) return;
  throw new AppError("storage_full", "disk_full", "The server has no room for another recording.");
}

/** @throws {AppError} storage_full while a compilation would take room from the recordings that run */
export async function expectRoomToCompile(disk: Disk): Promise<void> {
  if (hasRoom(await disk.folder.freeBytes(), await reservedBytes(disk), 0, disk)) return;
  throw new AppError("storage_full", "disk_full", "The server has no room to compile it. Try again when it has.");
}
