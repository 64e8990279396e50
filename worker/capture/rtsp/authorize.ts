/** Answers a camera's challenge: basic (RFC 7617) and digest (RFC 7616, with the older RFC 2069 where no `qop` is offered). */
import { createHash, randomBytes } from "node:crypto";

export interface RtspCredentials {
  username: string;
  password: string;
}

interface Challenge {
  scheme: "basic" | "digest";
  parameters: ReadonlyMap<string, string>;
}

/** Digest before basic, SHA-256 before MD5: what a camera offers first is often the weakest. */
export function chooseChallenge(headers: readonly string[]): Challenge | null {
  const challenges = headers.flatMap(parseChallenge);
  const digests = challenges.filter(
    ({ scheme, parameters }) => scheme === "digest" && hashOf(parameters.get("algorithm")) !== null,
  );
  return (
    digests.find(({ parameters }) => hashOf(parameters.get("algorithm")) === "sha256") ??
    digests[0] ??
    challenges.find(({ scheme }) => scheme === "basic") ??
    null
  );
}

function parseChallenge(text: string): Challenge[] {
  const scheme = /^(basic|digest)\b/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return [];
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain] of text.matchAll(/([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
  }
  return [{ scheme: scheme as Challenge["scheme"], parameters }];
}

function hashOf(algorithm = "MD5"): "md5" | "sha256" | null {
  const name = algorithm.toUpperCase().replace(/-SESS$/, "");
  if (name === "MD5") return "md5";
  return name === "SHA-256" ? "sha256" : null;
}

/** Writes the Authorization header of each request; counts as digest wants it. */
export class Authorizer {
  readonly #credentials: RtspCredentials;
  #challenge: Challenge | null = null;
  #count = 0;

  constructor(credentials: RtspCredentials) {
    this.#credentials = credentials;
  }

  /** Takes a challenge on. @returns whether it can be answered, and is worth another try */
  accept(headers: readonly string[]): boolean {
    const challenge = chooseChallenge(headers);
    const before = this.#challenge;
    if (challenge === null) return false;
    this.#challenge = challenge;
    this.#count = 0;
    if (before === null) return true;
    // The same credentials again only help when it was the nonce that had grown old (RFC 7616 §3.3).
    return challenge.parameters.get("stale")?.toLowerCase() === "true";
  }

  /** @returns null while nothing was asked for */
  header(method: string, uri: string): string | undefined {
    if (this.#challenge === null) return undefined;
    const { username, password } = this.#credentials;
    const { scheme, parameters } = this.#challenge;
    if (scheme === "basic") return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const algorithm = parameters.get("algorithm");
    const hash = (text: string) =>
      createHash(hashOf(algorithm) ?? "md5")
        .update(text)
        .digest("hex");
    const realm = parameters.get("realm") ?? "";
    const nonce = parameters.get("nonce") ?? "";
    const opaque = parameters.get("opaque");
    const hasQop = (parameters.get("qop") ?? "").split(",").some((each) => each.trim() === "auth");
    const cnonce = randomBytes(8).toString("hex");
    this.#count += 1;
    const nc = this.#count.toString(16).padStart(8, "0");
    const isSession = algorithm?.toUpperCase().endsWith("-SESS") ?? false;
    const secret = hash(`${username}:${realm}:${password}`);
    const key = isSession ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
    const request = hash(`${method}:${uri}`);
    const response = hasQop
      ? hash(`${key}:${nonce}:${nc}:${cnonce}:auth:${request}`)
      : hash(`${key}:${nonce}:${request}`);
    return `Digest ${[
      `username=${quote(username)}, realm=${quote(realm)}, nonce=${quote(nonce)}, uri=${quote(uri)}`,
      `response="${response}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
      ...(hasQop || isSession ? [`cnonce="${cnonce}"`] : []),
      ...(hasQop ? [`qop=auth, nc=${nc}`] : []),
    ].join(", ")}`;
  }
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
