/**
 * The door for every connection to an address that a user gave: what a name means is judged where the socket is opened,
 * so that the address that was judged is the one that is connected to.
 */
import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { AppError } from "@/lib/domain/errors";
import { type AllowedNetworks, isAddressAllowed } from "@/lib/server/outbound/allowed-networks";

/** `dns.lookup` with all addresses: replaced in tests. */
export type Resolver = (
  hostname: string,
  options: dns.LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

export class OutboundGuard {
  readonly #allowed: AllowedNetworks;
  readonly #resolver: Resolver;
  /** For `http.request`; keeps no connection, since sources are few and long. */
  readonly httpAgent: http.Agent;
  /** For `https.request`. */
  readonly httpsAgent: https.Agent;

  constructor(allowed: AllowedNetworks, resolver: Resolver = dns.lookup) {
    this.#allowed = allowed;
    this.#resolver = resolver;
    this.httpAgent = new GuardedHttpAgent(this);
    this.httpsAgent = new GuardedHttpsAgent(this);
  }

  /** @param address as text; false for what is no address */
  allows(address: string): boolean {
    return isAddressAllowed(this.#allowed, address);
  }

  /**
   * Judges what can be judged of a host before it is looked up; names are, at every connection.
   *
   * @throws {AppError} invalid `address_not_allowed`
   */
  expectHost(host: string): void {
    this.#judgeLiteral(host);
  }

  /**
   * For the `lookup` of `net.connect` and what is built on it: resolves, and hands on only what is allowed. Node does
   * not call it for a host that is an address itself: {@link connect} and the agents judge those.
   */
  readonly lookup: net.LookupFunction = (hostname, options, done) => {
    this.#resolver(hostname, { family: familyOf(options.family), hints: options.hints, all: true }, (error, found) => {
      const addresses = error === null ? found.filter(({ address }) => this.allows(address)) : [];
      const [first] = addresses;
      if (error !== null) done(error, "", 0);
      else if (first === undefined)
        done(addressRefused(hostname, found.map(({ address }) => address).join(", ")), "", 0);
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };

  /**
   * Opens a TCP connection as `net.connect` does.
   *
   * @param options what `net.connect` takes besides the host; a `lookup` and a `path` are not taken
   * @throws {AppError} invalid `address_not_allowed`, at once for an address, as an `error` event for a name
   */
  connect(host: string, port: number, options: Partial<net.TcpNetConnectOpts> = {}): net.Socket {
    return net.connect(this.#guarded({ ...options, host: this.#judgeLiteral(host), port }));
  }

  /** The same with TLS; the certificate is checked for the name unless the options say otherwise. */
  connectTls(host: string, port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
    const servername = net.isIP(bare(host)) === 0 ? { servername: host } : {};
    return tls.connect(this.#guarded({ ...servername, ...options, host: this.#judgeLiteral(host), port }));
  }

  /** For agents: the options of a connection, with what guards it. @throws {AppError} as {@link connect} */
  guardOptions<T extends { host?: string | null | undefined }>(options: T): T {
    return this.#guarded({ ...options, host: this.#judgeLiteral(options.host ?? "") });
  }

  #guarded<T extends object>(options: T): T {
    // A path would be a local socket, which no judgement knows of.
    return { ...options, lookup: this.lookup, path: undefined, socketPath: undefined, socket: undefined };
  }

  #judgeLiteral(host: string): string {
    const address = bare(host);
    // An empty host would be this machine.
    if (address === "" || (net.isIP(address) !== 0 && !this.allows(address))) throw addressRefused(host, address);
    return address;
  }
}

/** `[::1]` of a URL → `::1` */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function familyOf(family: number | "IPv4" | "IPv6" | undefined): 0 | 4 | 6 {
  if (family === 4 || family === "IPv4") return 4;
  return family === 6 || family === "IPv6" ? 6 : 0;
}

/** @param addresses what it would have been, for the log alone: what names mean inside is no business of users */
export function addressRefused(host: string, addresses: string): AppError {
  return new AppError(
    "invalid",
    "address_not_allowed",
    "Tapedeck may not connect to this address. An administrator can allow it with OUTBOUND_NETWORKS.",
    { detail: `${host} is ${addresses || "no address"}` },
  );
}

class GuardedHttpAgent extends http.Agent {
  readonly #guard: OutboundGuard;

  constructor(guard: OutboundGuard) {
    super({ keepAlive: false });
    this.#guard = guard;
  }

  override createConnection(options: http.ClientRequestArgs): net.Socket {
    return net.connect(this.#guard.guardOptions(options) as net.TcpNetConnectOpts);
  }
}

class GuardedHttpsAgent extends https.Agent {
  readonly #guard: OutboundGuard;

  constructor(guard: OutboundGuard) {
    super({ keepAlive: false, maxCachedSessions: 0 });
    this.#guard = guard;
  }

  override createConnection(options: https.RequestOptions): net.Socket {
    return tls.connect(this.#guard.guardOptions(options) as tls.ConnectionOptions);
  }
}
