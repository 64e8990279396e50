/** Stream keys of a user: made, listed, changed, rotated, revoked, and looked up when an encoder publishes. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import type { ChangeStreamKeyRequest, CreateStreamKeyRequest } from "@/lib/protocol/streams";
import { hashSecret, makeSecret } from "@/lib/server/auth/secrets";
import type { StreamKey } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

/** A user may have so many. */
const MAX_KEYS = 200;

export interface NewStreamKey {
  row: StreamKey;
  /** The key itself, which cannot be had again. */
  key: string;
}

/** @throws {AppError} invalid when the app is none that may be published to; conflict when there are too many */
export async function createStreamKey(
  { database, config }: Pick<Services, "database" | "config">,
  userId: string,
  { name, app, record, expiresAt }: CreateStreamKeyRequest,
): Promise<NewStreamKey> {
  const apps = allowedApps(config.RTMP_APPS);
  if (apps !== null && !apps.includes(app)) {
    throw new AppError("invalid", "app_not_allowed", `Streams may only be published to ${apps.join(", ")}.`);
  }
  if ((await database.streamKey.count({ where: { userId } })) >= MAX_KEYS) {
    throw new AppError("conflict", "too_many_keys", `There are ${MAX_KEYS} stream keys already. Revoke some first.`);
  }
  const { secret, hash, hint } = makeSecret("tdr");
  const expires = expiresAt === null ? null : new Date(expiresAt);
  const data = { id: randomUUID(), userId, app, name, record, keyHash: hash, hint, expiresAt: expires };
  return { row: await database.streamKey.create({ data }), key: secret };
}

export async function listStreamKeys({ database }: Services, userId: string): Promise<StreamKey[]> {
  return database.streamKey.findMany({ where: { userId }, orderBy: { createdAt: "desc" } });
}

/** @throws {AppError} not_found also for a key of another */
export async function findOwnStreamKey({ database }: Services, userId: string, id: string): Promise<StreamKey> {
  const row = await database.streamKey.findFirst({ where: { id, userId } });
  if (row === null) throw keyNotFound();
  return row;
}

/** @throws {AppError} not_found */
export async function changeStreamKey(
  services: Services,
  userId: string,
  id: string,
  { name, record, expiresAt }: ChangeStreamKeyRequest,
): Promise<StreamKey> {
  return update(services, userId, id, {
    ...(name === undefined ? {} : { name }),
    ...(record === undefined ? {} : { record }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : new Date(expiresAt) }),
  });
}

/** Gives it another secret; the old one stops working. @throws {AppError} not_found */
export async function rotateStreamKey(services: Services, userId: string, id: string): Promise<NewStreamKey> {
  const { secret, hash, hint } = makeSecret("tdr");
  return { row: await update(services, userId, id, { keyHash: hash, hint, rotatedAt: new Date() }), key: secret };
}

/** Recordings that were made with it stay. @throws {AppError} not_found */
export async function revokeStreamKey({ database }: Services, userId: string, id: string): Promise<void> {
  const { count } = await database.streamKey.deleteMany({ where: { id, userId } });
  if (count === 0) throw keyNotFound();
}

/** The key an encoder publishes with. @returns null when it is none, for another app, expired, or of nobody who may */
export async function findStreamKey(
  { database, config }: Services,
  app: string,
  key: string,
): Promise<StreamKey | null> {
  const apps = allowedApps(config.RTMP_APPS);
  if (apps !== null && !apps.includes(app)) return null;
  const row = await database.streamKey.findUnique({ where: { keyHash: hashSecret(key) }, include: { user: true } });
  if (row === null || row.app !== app || row.user.disabledAt !== null) return null;
  if (row.expiresAt !== null && row.expiresAt.getTime() <= Date.now()) return null;
  const { user: _, ...found } = row;
  return found;
}

async function update(services: Services, userId: string, id: string, data: Partial<StreamKey>): Promise<StreamKey> {
  const { count } = await services.database.streamKey.updateMany({ where: { id, userId }, data });
  if (count === 0) throw keyNotFound();
  return services.database.streamKey.findUniqueOrThrow({ where: { id } });
}

/** null: any */
function allowedApps(setting: string): string[] | null {
  const apps = setting.split(",").map((app) => app.trim());
  return setting.trim() === "" ? null : apps.filter(Boolean);
}

function keyNotFound(): AppError {
  return new AppError("not_found", "stream_key_not_found", "There is no such stream key.");
}
