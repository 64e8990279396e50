/** API tokens of a user: made, listed, revoked. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import type { TokenResource } from "@/lib/protocol/accounts";
import { makeSecret } from "@/lib/server/auth/secrets";
import type { ApiToken } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

/** @returns the token's description and the token itself, which cannot be had again */
export async function createToken(
  { database }: Pick<Services, "database">,
  userId: string,
  name: string,
): Promise<TokenResource & { token: string }> {
  const { secret, hash, hint } = makeSecret("tdk");
  const row = await database.apiToken.create({ data: { id: randomUUID(), userId, name, tokenHash: hash, hint } });
  return { ...describe(row), token: secret };
}

export async function listTokens({ database }: Services, userId: string): Promise<TokenResource[]> {
  const rows = await database.apiToken.findMany({ where: { userId, revokedAt: null }, orderBy: { createdAt: "desc" } });
  return rows.map(describe);
}

/** @throws {AppError} not_found */
export async function revokeToken({ database }: Services, userId: string, tokenId: string): Promise<void> {
  const { count } = await database.apiToken.updateMany({
    where: { id: tokenId, userId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new AppError("not_found", "token_not_found", "There is no such token.");
}

function describe(row: ApiToken): TokenResource {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
