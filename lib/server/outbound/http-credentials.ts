/** Answers what a server asks for when it wants credentials: Basic (RFC 7617) and Digest (RFC 7616, also as RFC 2069 had it). */
import { createHash, randomBytes } from "node:crypto";

export interface Credentials {
  username: string;
  password: string;
}

const ALGORITHMS: Readonly<Record<string, string>> = { md5: "md5", "sha-256": "sha256" };

/**
 * The `Authorization` header for a challenge. Of several the strongest that is known is answered.
 *
 * @param challenges each `WWW-Authenticate` header
 * @param uri what stands in the request line
 * @param clientNonce for tests
 * @returns null when none of them is known
 */
export function answerChallenge(
  challenges: readonly string[],
  { method, uri, credentials }: { method: string; uri: string; credentials: Credentials },
  clientNonce = randomBytes(16).toString("hex"),
): string | null {
  // Each header may hold several; a scheme is a word that is no parameter's name.
  const each = challenges.flatMap((header) => header.split(/,?\s*(?=\b(?:Basic|Digest)\s)/i)).filter(Boolean);
  const digests = each.filter((text) => /^Digest\s/i.test(text)).map(readParameters);
  const known = digests.filter(({ algorithm = "MD5" }) => algorithmOf(algorithm) !== undefined);
  const chosen = known.find(({ algorithm }) => /^sha/i.test(algorithm ?? "")) ?? known[0];
  if (chosen !== undefined) return answerDigest(chosen, method, uri, credentials, clientNonce);
  if (!each.some((text) => /^Basic\b/i.test(text))) return null;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

function algorithmOf(algorithm: string): string | undefined {
  return ALGORITHMS[algorithm.toLowerCase().replace(/-sess$/, "")];
}

function readParameters(challenge: string): Record<string, string | undefined> {
  const pairs = challenge.matchAll(/([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi);
  return Object.fromEntries([...pairs].map(([, name = "", quoted, bare]) => [name.toLowerCase(), quoted ?? bare]));
}

/** RFC 7616 §3.4. */
function answerDigest(
  { realm = "", nonce = "", qop, opaque, algorithm = "MD5" }: Record<string, string | undefined>,
  method: string,
  uri: string,
  { username, password }: Credentials,
  clientNonce: string,
): string {
  const hash = (text: string) =>
    createHash(algorithmOf(algorithm) as string)
      .update(text)
      .digest("hex");
  const isSession = /-sess$/i.test(algorithm);
  const plain = hash(`${username}:${realm}:${password}`);
  const secret = isSession ? hash(`${plain}:${nonce}:${clientNonce}`) : plain;
  const usesQop = qop?.split(",").some((each) => each.trim() === "auth") ?? false;
  const count = "00000001";
  const what = hash(`${method}:${uri}`);
  const response = usesQop
    ? hash(`${secret}:${nonce}:${count}:${clientNonce}:auth:${what}`)
    : hash(`${secret}:${nonce}:${what}`);
  const quoted = { username, realm, nonce, uri, response, ...(opaque === undefined ? {} : { opaque }) };
  return `Digest ${[
    ...Object.entries(quoted).map(([name, value]) => `${name}="${value}"`),
    `algorithm=${algorithm}`,
    ...(usesQop ? ["qop=auth", `nc=${count}`] : []),
    ...(usesQop || isSession ? [`cnonce="${clientNonce}"`] : []),
  ].join(", ")}`;
}
