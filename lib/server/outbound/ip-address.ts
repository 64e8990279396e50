/** IP addresses as bytes: read from text, compared with networks, and the IPv4 address that some IPv6 ones carry. */
import net from "node:net";

/** 4 or 16 bytes, in network order. */
export type IpBytes = readonly number[];

/** A network: every address whose first `prefixBits` are those of `bytes`. */
export interface Network {
  bytes: IpBytes;
  prefixBits: number;
}

/**
 * Bytes of an address in its usual text form (RFC 4291 §2.2 and dotted decimal). A zone (`fe80::1%eth0`) is left out.
 * Octal, hexadecimal and shortened IPv4 forms are none: a resolver makes addresses of them, which are judged then.
 *
 * @returns null when the text is no address
 */
export function parseIp(text: string): IpBytes | null {
  const bare = text.replace(/%.*$/, "");
  if (net.isIPv4(bare)) return bare.split(".").map(Number);
  if (!net.isIPv6(bare)) return null;
  const lastColon = bare.lastIndexOf(":");
  const dotted = bare.slice(lastColon + 1);
  const words = dotted.includes(".") ? `${bare.slice(0, lastColon + 1)}${asWords(dotted)}` : bare;
  const [head = "", tail] = words.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - front.length - back.length).fill("0");
  return [...front, ...zeros, ...back].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 255];
  });
}

function asWords(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or a single address. @returns null when it is none */
export function parseNetwork(text: string): Network | null {
  const [address = "", prefix, ...rest] = text.split("/");
  const bytes = rest.length > 0 ? null : parseIp(address);
  if (bytes === null) return null;
  const most = bytes.length * 8;
  if (prefix === undefined) return { bytes, prefixBits: most };
  const prefixBits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  return prefixBits >= 0 && prefixBits <= most ? { bytes, prefixBits } : null;
}

export function isInNetwork(address: IpBytes, { bytes, prefixBits }: Network): boolean {
  if (address.length !== bytes.length) return false;
  const whole = prefixBits >> 3;
  for (let index = 0; index < whole; index += 1) if (address[index] !== bytes[index]) return false;
  const bits = prefixBits & 7;
  if (bits === 0) return true;
  const mask = (0xff << (8 - bits)) & 0xff;
  return ((address[whole] as number) & mask) === ((bytes[whole] as number) & mask);
}

/** Where the networks that stand for IPv4 keep the four bytes. */
const CARRIERS: readonly (Network & { at: number })[] = [
  ["::ffff:0:0/96", 12], // IPv4-mapped, RFC 4291 §2.5.5.2
  ["::ffff:0:0:0/96", 12], // IPv4-translated, RFC 2765 §2.1
  ["64:ff9b::/96", 12], // NAT64, RFC 6052 §2.1
  ["64:ff9b:1::/48", 12], // NAT64 of a local network, RFC 8215, with the longest of its prefixes
  ["2002::/16", 2], // 6to4, RFC 3056 §2
].map(([network, at]) => ({ ...(parseNetwork(network as string) as Network), at: at as number }));

/** `::a.b.c.d`, without `::` and `::1`, which are what they are. RFC 4291 §2.5.5.1 */
const COMPATIBLE = parseNetwork("::/96") as Network;

/** The address that is meant in the end: the IPv4 one that an IPv6 address only carries, else the address itself. */
export function innermost(address: IpBytes): IpBytes {
  const carrier = CARRIERS.find((network) => isInNetwork(address, network));
  if (carrier !== undefined) return address.slice(carrier.at, carrier.at + 4);
  if (isInNetwork(address, COMPATIBLE) && address.slice(12, 15).some((byte) => byte !== 0)) return address.slice(12);
  return address;
}
