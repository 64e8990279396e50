/** Where the two sockets are. */
import type { TrackKind } from "@/lib/domain/recording-state";

/** Addresses without query. */
export type SocketUrls = Readonly<Record<TrackKind, string>>;

/**
 * @param configured addresses from the settings; "": the same host as the page, at `/ws/video` and `/ws/audio`
 * @param pageUrl `window.location.href`
 */
export function resolveSocketUrls(configured: SocketUrls, pageUrl: string): SocketUrls {
  const onThisHost = (kind: TrackKind) => {
    const url = new URL(`/ws/${kind}`, pageUrl);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return url.href;
  };
  return { video: configured.video || onThisHost("video"), audio: configured.audio || onThisHost("audio") };
}
