/** Random secrets that are handed out once (API tokens, invitation and share links, stream keys), kept as a hash only. */
import { createHash, randomBytes } from "node:crypto";

export interface HandedOutSecret {
  /** What the user gets: the prefix and 32 random bytes, base64url. */
  secret: string;
  /** What is stored. Plain SHA-256 is right here: 256 random bits cannot be guessed, so nothing needs slowing down. */
  hash: string;
  hint: string;
}

/** @param prefix says what kind of secret it is, also to scanners that look for leaked ones */
export function makeSecret(prefix: "tdk" | "tdi" | "tds" | "tdr"): HandedOutSecret {
  const secret = `${prefix}_${randomBytes(32).toString("base64url")}`;
  return { secret, hash: hashSecret(secret), hint: secret.slice(-4) };
}

/** @returns SHA-256, hex */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
