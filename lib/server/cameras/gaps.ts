/** The ledger of what was not recorded of cameras: one row for each time, open while it lasts. */
import { randomUUID } from "node:crypto";
import type { CameraCause } from "@/lib/domain/camera-causes";
import type { Services } from "@/lib/server/services";

/** Less is the wait for a key frame, or how exact the times are. */
const LEAST_MS = 1000;
const THEN = " Then: ";

type Ledger = Pick<Services, "database">;

/**
 * Writes down that a camera is not recorded any more. While one lasts, what comes to it later is said behind the first
 * cause, and only the newest of that.
 */
export async function openGap(
  { database }: Ledger,
  cameraId: string,
  fromMs: number,
  code: CameraCause,
  words: string,
): Promise<void> {
  const open = await database.cameraGap.findFirst({ where: { cameraId, toAt: null } });
  if (open === null) {
    await database.cameraGap.create({ data: { id: randomUUID(), cameraId, fromAt: new Date(fromMs), code, words } });
    return;
  }
  const [first = ""] = open.words.split(THEN);
  const told = first === words ? first : `${first}${THEN}${words}`;
  if (told !== open.words) await database.cameraGap.update({ where: { id: open.id }, data: { words: told } });
}

/** Ends the gap that is open, if there is one; one that came to nothing is taken back. @returns its length in ms */
export async function closeGap({ database }: Ledger, cameraId: string, toMs: number): Promise<number> {
  const open = await database.cameraGap.findFirst({ where: { cameraId, toAt: null } });
  if (open === null) return 0;
  const lengthMs = toMs - open.fromAt.getTime();
  if (lengthMs < LEAST_MS) await database.cameraGap.delete({ where: { id: open.id } });
  else await database.cameraGap.update({ where: { id: open.id }, data: { toAt: new Date(toMs) } });
  return Math.max(0, lengthMs);
}
