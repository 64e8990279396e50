/**
 * Those who come by a share link: a kind of principal that may see one recording and nothing else. The link's token
 * comes with each request, in the query; that its password was given is proven by a cookie.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@/lib/domain/errors";
import { type Principal, readCookie } from "@/lib/server/auth/authenticate";
import { verifyPassword } from "@/lib/server/auth/passwords";
import { countTry, forgetTries, takeTryBack } from "@/lib/server/auth/rate-limit";
import { hashSecret } from "@/lib/server/auth/secrets";
import type { Share } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

/** Whoever has a share link, and its password where it has one. */
export interface ShareHolder {
  via: "share";
  shareId: string;
  recordingId: string;
  ownerId: string;
  mayDownload: boolean;
}

/** Who may be given media: the owner, or whoever has a link. */
export type Viewer = Principal | ShareHolder;

/** A link that works. */
export interface OpenedShare {
  holder: ShareHolder;
  /** Its password has not been given yet: the holder may see nothing. */
  isLocked: boolean;
}

/** So long a password that was given counts. */
const UNLOCKED_MS = 12 * 3600_000;
/** When a link was last opened is written down at most this often. */
const OPENED_RESOLUTION_MS = 60_000;

/**
 * The link of a token.
 *
 * @returns null when there is none, or it has expired or was revoked, or its owner's account is disabled; which of them
 *   is not told
 */
export async function openShare(
  services: Services,
  token: string,
  headers: IncomingHttpHeaders,
): Promise<OpenedShare | null> {
  const found = await findShare(services, token);
  if (found === null) return null;
  const { share, ownerId } = found;
  const isLocked = share.passwordHash !== null && !holdsProof(services, share, headers);
  if (!isLocked && Date.now() - (share.openedAt?.getTime() ?? 0) > OPENED_RESOLUTION_MS) {
    await services.database.share.updateMany({ where: { id: share.id }, data: { openedAt: new Date() } });
  }
  return {
    holder: {
      via: "share",
      shareId: share.id,
      recordingId: share.recordingId,
      ownerId,
      mayDownload: share.mayDownload,
    },
    isLocked,
  };
}

/**
 * Whoever asks with the token of a share link.
 *
 * @throws {AppError} not_found when the link does not work; unauthenticated while its password is missing
 */
export async function requireShare(
  services: Services,
  token: string,
  headers: IncomingHttpHeaders,
): Promise<ShareHolder> {
  const opened = await openShare(services, token, headers);
  if (opened === null) throw shareNotFound();
  if (opened.isLocked) throw new AppError("unauthenticated", "share_locked", "This link asks for a password.");
  return opened.holder;
}

/**
 * Gives a link's password.
 *
 * @param address network address of who tries
 * @returns the cookie that proves it, as a `Set-Cookie` header
 * @throws {AppError} not_found when the link does not work; forbidden when the password is wrong; rate_limited
 */
export async function unlockShare(
  services: Services,
  token: string,
  password: string,
  address: string,
): Promise<string> {
  await countTry(services, "secretAddress", address);
  const found = await findShare(services, token);
  if (found === null) throw shareNotFound();
  const { share } = found;
  const key = `${share.id} ${address}`;
  await countTry(services, "shareAddress", key);
  await countTry(services, "share", share.id);
  if (share.passwordHash !== null && !(await verifyPassword(share.passwordHash, password))) {
    throw new AppError("forbidden", "wrong_password", "That is not the password of this link.");
  }
  await forgetTries(services, "shareAddress", key);
  await takeTryBack(services, "share", share.id);
  await takeTryBack(services, "secretAddress", address);
  const expiresAtMs = Date.now() + UNLOCKED_MS;
  const value = `${expiresAtMs}.${proofOf(services, share, expiresAtMs)}`;
  const isSecure = services.config.PUBLIC_URL.startsWith("https:");
  return [
    `${cookieName(services, share)}=${value}`,
    ...["Path=/", `Max-Age=${UNLOCKED_MS / 1000}`, "HttpOnly", "SameSite=Lax"],
    ...(isSecure ? ["Secure"] : []),
  ].join("; ");
}

async function findShare({ database }: Services, token: string): Promise<{ share: Share; ownerId: string } | null> {
  if (!/^[\w-]{1,200}$/.test(token)) return null;
  const row = await database.share.findUnique({
    where: { tokenHash: hashSecret(token) },
    include: { recording: { include: { owner: true } } },
  });
  if (row === null || row.revokedAt !== null) return null;
  if (row.expiresAt !== null && row.expiresAt.getTime() <= Date.now()) return null;
  const { deletedAt, owner } = row.recording;
  if (deletedAt !== null || owner.disabledAt !== null) return null;
  return { share: row, ownerId: owner.id };
}

/** One for each link: several may be open in one browser. The prefix as in `sessionCookieName`. */
function cookieName({ config }: Services, { id }: Share): string {
  return `${config.PUBLIC_URL.startsWith("https:") ? "__Secure-" : ""}tapedeck.share.${id}`;
}

function holdsProof(services: Services, share: Share, headers: IncomingHttpHeaders): boolean {
  const [expiresAtMs, proof] = readCookie(headers.cookie, cookieName(services, share))?.split(".") ?? [];
  if (expiresAtMs === undefined || proof === undefined || !(Number(expiresAtMs) > Date.now())) return false;
  const expected = Buffer.from(proofOf(services, share, Number(expiresAtMs)));
  const given = Buffer.from(proof);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Only this server can make it, for this link and password. */
function proofOf({ config }: Services, { id, passwordHash }: Share, expiresAtMs: number): string {
  return createHmac("sha256", config.SECRET)
    .update(["share", id, passwordHash, expiresAtMs].join("\n"))
    .digest("base64url");
}

function shareNotFound(): AppError {
  return new AppError("not_found", "share_not_found", "This link does not work, or no longer.");
}
