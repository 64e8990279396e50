/**
 * The server's side of the RTMP handshake: the simple one of the specification (RTMP 1.0 §5.2), and the one with
 * digests that Flash Media Server 3 brought, which some encoders insist on. Pure: bytes in, bytes out.
 */

/** HMAC-SHA-256, 32 bytes; and random bytes. Given from outside, so that nothing of Node is needed here. */
export interface HandshakeCrypto {
  hmac(key: Uint8Array, bytes: Uint8Array): Buffer;
  random(length: number): Buffer;
}

export const RTMP_VERSION = 3;
/** C1, S1, C2 and S2 (RTMP 1.0 §5.2.3, §5.2.4). */
export const HANDSHAKE_BYTES = 1536;

const DIGEST_BYTES = 32;
const PLAYER_KEY = Buffer.from("Genuine Adobe Flash Player 001");
const SERVER_KEY = Buffer.from("Genuine Adobe Flash Media Server 001");
/** Follows the text in the keys with which S2 is signed. */
const KEY_TAIL = Buffer.from("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae", "hex");
/** Where the four bytes lie whose sum says where the digest is, and what is added to it: two layouts are in use. */
const LAYOUTS = [
  { pointerAt: 8, digestFrom: 12 },
  { pointerAt: 772, digestFrom: 776 },
] as const;
const DIGEST_SPREAD = 728;
/** Says "server with digests" to encoders that look. */
const SERVER_VERSION = Buffer.from([4, 5, 0, 1]);

export interface HandshakeAnswer {
  /** S0, S1 and S2 together. */
  bytes: Buffer;
  kind: "simple" | "digest";
}

/** @param c1 the client's {@link HANDSHAKE_BYTES} bytes after its version byte */
export function answerHandshake(c1: Buffer, crypto: HandshakeCrypto): HandshakeAnswer {
  const s0 = Buffer.from([RTMP_VERSION]);
  const s1 = Buffer.concat([Buffer.alloc(8), crypto.random(HANDSHAKE_BYTES - 8)]);
  // A client without digests leaves the second four bytes at zero (§5.2.3).
  const layout = c1.readUInt32BE(4) === 0 ? undefined : LAYOUTS.find((each) => hasDigest(c1, each, crypto));
  // §5.2.4: S2 repeats what the client sent.
  if (layout === undefined) return { bytes: Buffer.concat([s0, s1, c1]), kind: "simple" };
  SERVER_VERSION.copy(s1, 4);
  const at = digestOffset(s1, layout);
  digestOf(s1, at, SERVER_KEY, crypto).copy(s1, at);
  const clientDigest = c1.subarray(digestOffset(c1, layout), digestOffset(c1, layout) + DIGEST_BYTES);
  const s2 = crypto.random(HANDSHAKE_BYTES);
  const key = crypto.hmac(Buffer.concat([SERVER_KEY, KEY_TAIL]), clientDigest);
  crypto.hmac(key, s2.subarray(0, HANDSHAKE_BYTES - DIGEST_BYTES)).copy(s2, HANDSHAKE_BYTES - DIGEST_BYTES);
  return { bytes: Buffer.concat([s0, s1, s2]), kind: "digest" };
}

function hasDigest(c1: Buffer, layout: (typeof LAYOUTS)[number], crypto: HandshakeCrypto): boolean {
  const at = digestOffset(c1, layout);
  return digestOf(c1, at, PLAYER_KEY, crypto).equals(c1.subarray(at, at + DIGEST_BYTES));
}

function digestOffset(block: Buffer, { pointerAt, digestFrom }: (typeof LAYOUTS)[number]): number {
  let sum = 0;
  for (let index = 0; index < 4; index += 1) sum += block[pointerAt + index] as number;
  return digestFrom + (sum % DIGEST_SPREAD);
}

/** Over all of the block but the digest itself. */
function digestOf(block: Buffer, at: number, key: Buffer, crypto: HandshakeCrypto): Buffer {
  return crypto.hmac(key, Buffer.concat([block.subarray(0, at), block.subarray(at + DIGEST_BYTES)]));
}

/** C0 and C1 with a digest as a player sends them: for publishers of ours. @param at index into the two layouts */
export function greet(crypto: HandshakeCrypto, at?: 0 | 1): Buffer {
  const c1 = Buffer.concat([Buffer.alloc(8), crypto.random(HANDSHAKE_BYTES - 8)]);
  if (at !== undefined) {
    Buffer.from([9, 0, 124, 2]).copy(c1, 4);
    const offset = digestOffset(c1, LAYOUTS[at]);
    digestOf(c1, offset, PLAYER_KEY, crypto).copy(c1, offset);
  }
  return Buffer.concat([Buffer.from([RTMP_VERSION]), c1]);
}
