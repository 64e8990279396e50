/** The address an encoder is given as its server. */
import type { Config } from "@/lib/server/config/load";

const DEFAULT_PORT = 1935;

/** @param host of the request for the page, with its port; @returns `rtmp://host[:port]/app`, over TLS where only that is offered */
export function publishAddress(
  { RTMP_LISTEN, RTMPS_LISTEN, RTMP_PUBLIC_HOST, PUBLIC_URL }: Config,
  host: string | undefined,
  app: string,
): string {
  const isPlain = RTMP_LISTEN !== null;
  const port = (RTMP_LISTEN ?? RTMPS_LISTEN)?.port ?? DEFAULT_PORT;
  const fromPage = PUBLIC_URL === "" ? `http://${host ?? "localhost"}` : PUBLIC_URL;
  const name = RTMP_PUBLIC_HOST || (URL.canParse(fromPage) ? new URL(fromPage).hostname : "localhost");
  const scheme = isPlain ? "rtmp" : "rtmps";
  return `${scheme}://${name}${isPlain && port === DEFAULT_PORT ? "" : `:${port}`}/${app}`;
}
