/** Share links of a recording: made, listed, revoked by its owner; and the recording as their holders see it. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import type { CreatedShare, CreateShareRequest, SharedRecording, ShareResource } from "@/lib/protocol/shares";
import type { Principal } from "@/lib/server/auth/authenticate";
import { hashPassword } from "@/lib/server/auth/passwords";
import { makeSecret } from "@/lib/server/auth/secrets";
import type { ShareHolder } from "@/lib/server/auth/share-access";
import type { Share } from "@/lib/server/database/client";
import { describeRecording } from "@/lib/server/recordings/describe";
import { findOwned, findViewable } from "@/lib/server/recordings/find";
import { isShared } from "@/lib/server/recordings/media";
import type { Services } from "@/lib/server/services";

/** More links than this to one recording are a mistake of a program. */
const MAX_SHARES = 100;

type Owner = Pick<Principal, "userId">;

/**
 * Makes a link.
 *
 * @returns its description and its token, which cannot be had again
 * @throws {AppError} not_found; conflict when the recording has too many links
 */
export async function createShare(
  services: Services,
  principal: Owner,
  recordingId: string,
  { name, password, validHours, mayDownload }: CreateShareRequest,
): Promise<CreatedShare> {
  const { database, log } = services;
  await findOwned(services, principal, recordingId);
  if ((await database.share.count({ where: { recordingId, revokedAt: null } })) >= MAX_SHARES) {
    throw new AppError("conflict", "too_many_shares", "The recording has too many links. Revoke some of them first.");
  }
  const { secret, hash, hint } = makeSecret("tds");
  const row = await database.share.create({
    data: {
      id: randomUUID(),
      recordingId,
      name,
      tokenHash: hash,
      hint,
      passwordHash: password === undefined ? null : await hashPassword(password),
      mayDownload,
      expiresAt: validHours === null ? null : new Date(Date.now() + validHours * 3600_000),
    },
  });
  log.info({ recordingId, shareId: row.id }, "share link made");
  return { ...describe(row), token: secret, path: `/s/${secret}` };
}

/** Links that were not revoked, newest first; those that expired are among them. @throws {AppError} not_found */
export async function listShares(services: Services, principal: Owner, recordingId: string): Promise<ShareResource[]> {
  await findOwned(services, principal, recordingId);
  const rows = await services.database.share.findMany({
    where: { recordingId, revokedAt: null },
    orderBy: [{ createdAt: "desc" }, { id: "asc" }],
  });
  return rows.map(describe);
}

/** The link stops working at once, also for those who are watching. @throws {AppError} not_found */
export async function revokeShare(
  services: Services,
  principal: Owner,
  recordingId: string,
  shareId: string,
): Promise<void> {
  await findOwned(services, principal, recordingId);
  const { count } = await services.database.share.updateMany({
    where: { id: shareId, recordingId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new AppError("not_found", "share_not_found", "There is no such link.");
  services.log.info({ recordingId, shareId }, "share link revoked");
}

/**
 * The recording as the holder of a link sees it.
 *
 * @param token of the link; it becomes part of every address
 * @throws {AppError} not_found
 */
export async function describeShared(services: Services, holder: ShareHolder, token: string): Promise<SharedRecording> {
  const row = await findViewable(services, holder, holder.recordingId);
  const whole = describeRecording(services, row);
  const sign = (url: string) => `${url}${url.includes("?") ? "&" : "?"}share=${token}`;
  const { id, title, state, live, createdAt, durationMs, width, height, progress, takes, gaps } = whole;
  return {
    ...{ id, title, state, live, createdAt, durationMs, width, height, progress, takes, gaps },
    downloadUrl: whole.downloadUrl === null ? null : sign(whole.downloadUrl),
    thumbnailUrl: whole.thumbnailUrl === null ? null : sign(whole.thumbnailUrl),
    liveUrl: whole.liveUrl === null ? null : sign(whole.liveUrl),
    outputs: whole.outputs
      .filter(({ kind }) => isShared(kind, holder))
      .map((output) => ({ ...output, url: sign(output.url) })),
    mayDownload: holder.mayDownload,
  };
}

function describe(row: Share): ShareResource {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    hasPassword: row.passwordHash !== null,
    mayDownload: row.mayDownload,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    openedAt: row.openedAt?.toISOString() ?? null,
  };
}
