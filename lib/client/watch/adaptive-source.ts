/**
 * Plays a finished recording in the resolution that the network and the player's size allow: through hls.js where the
 * browser has Media Source Extensions, natively where it has only that.
 */
import type Hls from "hls.js/light";
import { loadPlayer } from "@/lib/client/watch/live-source";

/** Ahead of what is shown; the whole recording is a seek away, and not everybody who opens a page plays it. */
const BUFFER_SECONDS = 20;

export interface AdaptiveSource {
  /** Lets the element go. */
  close(): void;
}

/**
 * @param url of the multivariant playlist
 * @param fromSeconds where to begin
 * @param signal aborted: the element is left alone, now and while hls.js is on its way
 * @param onFailure called at most once, when it cannot be played any further; the element is free then
 * @returns null when it was aborted before it began, or hls.js could not be had
 */
export async function openAdaptiveSource(
  media: HTMLMediaElement,
  url: string,
  fromSeconds: number,
  signal: AbortSignal,
  onFailure: () => void,
): Promise<AdaptiveSource | null> {
  const player = await loadPlayer().catch(() => null);
  if (signal.aborted) return null;
  if (player === null) {
    onFailure();
    return null;
  }
  if (player.default.isSupported()) return openBuffered(player.default, media, url, fromSeconds, onFailure);
  media.src = url;
  media.currentTime = fromSeconds;
  media.addEventListener("error", onFailure, { once: true });
  return { close: () => media.removeEventListener("error", onFailure) };
}

function openBuffered(
  Player: typeof Hls,
  media: HTMLMediaElement,
  url: string,
  fromSeconds: number,
  onFailure: () => void,
): AdaptiveSource {
  const hls = new Player({
    ...{ capLevelToPlayerSize: true, maxBufferLength: BUFFER_SECONDS, startPosition: fromSeconds },
    // Unknown networks begin in the middle, and are known after a segment.
    abrEwmaDefaultEstimate: 2_000_000,
  });
  let hasRecovered = false;
  hls.on(Player.Events.ERROR, (_event, { fatal, type }) => {
    if (!fatal) return;
    if (type === Player.ErrorTypes.MEDIA_ERROR && !hasRecovered) {
      hasRecovered = true;
      hls.recoverMediaError();
      return;
    }
    hls.destroy();
    onFailure();
  });
  hls.loadSource(url);
  hls.attachMedia(media);
  return { close: () => hls.destroy() };
}
