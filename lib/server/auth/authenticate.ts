/** Finds out who is asking: a bearer token, or the session cookie that next-auth set. */
import type { IncomingHttpHeaders } from "node:http";
import { decode } from "next-auth/jwt";
import { AppError } from "@/lib/domain/errors";
import type { Role } from "@/lib/protocol/accounts";
import { hashSecret } from "@/lib/server/auth/secrets";
import type { Services } from "@/lib/server/services";

/** Who is asking, and by what means. */
export interface Principal {
  userId: string;
  role: Role;
  via: "session" | "token";
}

/** Name of the session cookie; the prefix makes browsers refuse it over plain HTTP (RFC 6265bis §4.1.3.1). */
export function sessionCookieName(publicUrl: string): string {
  return publicUrl.startsWith("https:") ? "__Secure-tapedeck.session" : "tapedeck.session";
}

/** A token's last use is written down at most this often. */
const LAST_USE_RESOLUTION_MS = 60_000;

/** @returns null when there are no credentials, or they are wrong, revoked or too old */
export async function authenticate(services: Services, headers: IncomingHttpHeaders): Promise<Principal | null> {
  const bearer = /^Bearer +([\w-]{1,200})$/i.exec(headers.authorization ?? "");
  if (bearer !== null) return authenticateToken(services, bearer[1] as string);
  const cookie = readCookie(headers.cookie, sessionCookieName(services.config.PUBLIC_URL));
  return cookie === null ? null : authenticateCookie(services, cookie);
}

/** @throws {AppError} unauthenticated */
export async function requirePrincipal(services: Services, headers: IncomingHttpHeaders): Promise<Principal> {
  const principal = await authenticate(services, headers);
  if (principal === null) throw new AppError("unauthenticated", "not_signed_in", "Sign in, or send an API token.");
  return principal;
}

/** @throws {AppError} forbidden */
export function requireAdmin(principal: Principal): void {
  if (principal.role !== "admin") {
    throw new AppError("forbidden", "administrators_only", "Only an administrator may do this.");
  }
}

async function authenticateToken({ database }: Services, token: string): Promise<Principal | null> {
  const row = await database.apiToken.findUnique({ where: { tokenHash: hashSecret(token) }, include: { user: true } });
  if (row === null || row.revokedAt !== null || row.user.disabledAt !== null) return null;
  if (Date.now() - (row.lastUsedAt?.getTime() ?? 0) > LAST_USE_RESOLUTION_MS) {
    await database.apiToken.update({ where: { id: row.id }, data: { lastUsedAt: new Date() } });
  }
  return { userId: row.userId, role: row.user.role as Role, via: "token" };
}

async function authenticateCookie({ database, config }: Services, cookie: string): Promise<Principal | null> {
  const claims = await decode({ token: cookie, secret: config.SECRET }).catch(() => null);
  if (claims === null || typeof claims.sub !== "string") return null;
  const user = await database.user.findUnique({ where: { id: claims.sub } });
  if (user === null || user.disabledAt !== null || user.sessionEpoch !== claims.epoch) return null;
  return { userId: user.id, role: user.role as Role, via: "session" };
}

/** One cookie, put together when next-auth had to cut it (`name.0`, `name.1`, … over 4 KiB). */
export function readCookie(header: string | undefined, name: string): string | null {
  const parts = new Map<number, string>();
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    const key = pair.slice(0, equals).trim();
    if (key === name) return pair.slice(equals + 1).trim();
    if (key.startsWith(`${name}.`)) parts.set(Number(key.slice(name.length + 1)), pair.slice(equals + 1).trim());
  }
  if (parts.size === 0) return null;
  return [...parts]
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)
    .join("");
}
