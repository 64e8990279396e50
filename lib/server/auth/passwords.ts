/** Passwords: argon2id with the parameters of RFC 9106 §4 (second recommended option, as OWASP scales it). */
import { hash, verify } from "@node-rs/argon2";

/** 19 MiB, 2 passes, 1 lane: OWASP's minimum for argon2id, about 20 ms here; sign-in is rate limited besides. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

let decoy: Promise<string> | null = null;

/** @returns PHC string */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

/**
 * Whether a password is right. Takes as long when there is no such user, so that addresses cannot be found out.
 *
 * @param stored PHC string; null when there is no user or no password
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword("nobody has this password");
  const matches = await verify(stored ?? (await decoy), password).catch(() => false);
  return stored !== null && matches;
}
