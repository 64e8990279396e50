/** Sessions of pages that send snapshots: made, found, ended. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import { isRecordingId } from "@/lib/domain/names";
import type { Principal } from "@/lib/server/auth/authenticate";
import type { FocusSession } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

export interface NewFocusSession {
  name: string;
  subject: string;
  initialScore: number | null;
}

export async function createFocusSession(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
  { name, subject, initialScore }: NewFocusSession,
): Promise<FocusSession> {
  return database.focusSession.create({ data: { id: randomUUID(), ownerId: userId, name, subject, initialScore } });
}

/** @throws {AppError} not_found when it does not exist or belongs to another */
export async function findFocusSession(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
  sessionId: string,
): Promise<FocusSession> {
  const session = isRecordingId(sessionId)
    ? await database.focusSession.findFirst({ where: { id: sessionId, ownerId: userId } })
    : null;
  if (session === null) throw new AppError("not_found", "session_not_found", "There is no such session.");
  return session;
}

/** Ends it; one that has ended stays as it is. */
export async function endFocusSession({ database }: Services, sessionId: string): Promise<void> {
  await database.focusSession.updateMany({ where: { id: sessionId, endedAt: null }, data: { endedAt: new Date() } });
}
