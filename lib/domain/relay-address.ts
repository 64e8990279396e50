/** Addresses that a stream can be pushed on to: an RTMP server and its app, without the key. */

/** The ports of RTMP (RTMP 1.0 §1) and of RTMP over TLS as services use it. */
const DEFAULT_PORTS = { rtmp: 1935, rtmps: 443 } as const;

export interface RelayAddress {
  isTls: boolean;
  /** A name or an address; IPv6 without its brackets. */
  host: string;
  port: number;
  /** Everything of the path, without slashes at its ends. */
  app: string;
  /** What `connect` calls itself with: the address as it was given. */
  tcUrl: string;
}

/** @returns null for what is no `rtmp://host[:port]/app`, or has a user, a query or a fragment */
export function readRelayAddress(text: string): RelayAddress | null {
  const match = /^(rtmps?):\/\//i.exec(text);
  if (match === null) return null;
  const scheme = (match[1] as string).toLowerCase() as keyof typeof DEFAULT_PORTS;
  // Read as http: `URL` does not look at the host of a scheme it does not know.
  const asHttp = `http://${text.slice(match[0].length)}`;
  if (/[\s?#@\\]/.test(text) || !URL.canParse(asHttp)) return null;
  const { hostname, port, pathname } = new URL(asHttp);
  const app = pathname.replace(/^\/+|\/+$/g, "");
  if (app === "") return null;
  // `URL` leaves out the port that http has by itself.
  const given = port !== "" ? Number(port) : /^[^/]*:80(\/|$)/.test(asHttp.slice("http://".length)) ? 80 : null;
  const host = hostname.replace(/^\[|\]$/g, "");
  const authority = given === null ? hostname : `${hostname}:${given}`;
  return {
    ...{ isTls: scheme === "rtmps", host, port: given ?? DEFAULT_PORTS[scheme], app },
    tcUrl: `${scheme}://${authority}/${app}`,
  };
}
