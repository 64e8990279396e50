/**
 * Which addresses Tapedeck may connect to for a user: the list of OUTBOUND_NETWORKS, and what is never in it unless
 * it is named one by one.
 */
import {
  type IpBytes,
  innermost,
  isInNetwork,
  type Network,
  parseIp,
  parseNetwork,
} from "@/lib/server/outbound/ip-address";

/** Stands for every address of the Internet that is reserved for nothing else. */
const PUBLIC = "public";

export const DEFAULT_NETWORKS = "public,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7";

const networks = (...texts: string[]): Network[] => texts.map((text) => parseNetwork(text) as Network);

/** What belongs to this machine, its link or its host. A network in the list does not include them, a name does. */
const ONLY_BY_NAME = networks(
  "0.0.0.0/8", // unspecified, RFC 1122 §3.2.1.3: connects to this machine
  "127.0.0.0/8",
  "169.254.0.0/16", // link-local, with the metadata services of most clouds
  "224.0.0.0/4",
  "255.255.255.255/32",
  "100.100.100.200/32", // metadata services that are elsewhere
  "168.63.129.16/32",
  "192.0.0.192/32",
  "::/128",
  "::1/128",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
  "fd00:ec2::/32",
  "fd20:ce::/32",
);

/** Not of the public Internet: the registries of RFC 6890, as of 2026. */
const NOT_PUBLIC_V4 = networks(
  "10.0.0.0/8",
  "100.64.0.0/10",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "240.0.0.0/4",
);
const GLOBAL_V6 = parseNetwork("2000::/3") as Network;
const NOT_PUBLIC_V6 = networks("2001::/23", "2001:db8::/32", "3fff::/20");

/** The list, read. */
export interface AllowedNetworks {
  isPublicAllowed: boolean;
  networks: Network[];
}

/**
 * Reads a list of networks and addresses, separated by commas; `public` stands for the Internet.
 *
 * @throws {RangeError} that names what is no network
 */
export function parseAllowedNetworks(list: string): AllowedNetworks {
  const entries = list.split(/[\s,]+/).filter(Boolean);
  return {
    isPublicAllowed: entries.includes(PUBLIC),
    networks: entries
      .filter((entry) => entry !== PUBLIC)
      .map((entry) => {
        const network = parseNetwork(entry);
        if (network === null) throw new RangeError(`"${entry}" is neither a network nor "${PUBLIC}"`);
        return network;
      }),
  };
}

/**
 * Whether an address may be connected to. IPv6 addresses that only carry an IPv4 one (mapped, NAT64, 6to4) are judged
 * by that.
 *
 * @param address as text, in its usual form; anything else is refused
 */
export function isAddressAllowed(allowed: AllowedNetworks, address: string): boolean {
  const outer = parseIp(address);
  if (outer === null) return false;
  const bytes = innermost(outer);
  if (allowed.networks.some((network) => isSingle(network) && isInNetwork(bytes, network))) return true;
  if ([bytes, outer].some((one) => isIn(one, ONLY_BY_NAME))) return false;
  if (allowed.networks.some((network) => isInNetwork(bytes, network))) return true;
  return allowed.isPublicAllowed && isPublic(bytes);
}

function isSingle({ bytes, prefixBits }: Network): boolean {
  return prefixBits === bytes.length * 8;
}

function isIn(address: IpBytes, list: readonly Network[]): boolean {
  return list.some((network) => isInNetwork(address, network));
}

function isPublic(address: IpBytes): boolean {
  if (address.length === 4) return !isIn(address, NOT_PUBLIC_V4);
  return isInNetwork(address, GLOBAL_V6) && !isIn(address, NOT_PUBLIC_V6);
}
