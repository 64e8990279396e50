/** What a source says it missed while it was recording; compiling makes gaps of it. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import { OPEN_END_MS } from "@/lib/domain/gap-ledger";
import type { NoteInterruptionRequest } from "@/lib/protocol/recordings";
import type { Principal } from "@/lib/server/auth/authenticate";
import { findOwned } from "@/lib/server/recordings/find";
import type { Services } from "@/lib/server/services";

/**
 * Writes an interruption down. The same again changes nothing.
 *
 * @throws {AppError} not_found
 */
export async function noteInterruption(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
  { take, kind, fromMs, toMs, code }: NoteInterruptionRequest,
): Promise<void> {
  const recording = await findOwned(services, principal, recordingId);
  if (!recording.takes.some(({ number }) => number === take)) {
    throw new AppError("not_found", "take_not_found", "The recording has no such take.");
  }
  const same = { recordingId, takeNumber: take, kind, fromMs, code };
  if ((await services.database.interruption.count({ where: same })) > 0) return;
  await services.database.interruption.create({ data: { id: randomUUID(), ...same, toMs: toMs ?? OPEN_END_MS } });
}
