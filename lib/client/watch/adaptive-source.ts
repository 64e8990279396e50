/**
 * Plays a finished recording in the resolution that the network and the player's size allow: through hls.js where the
 * browser has Media Source Extensions, natively where it has only that.
 */
import type Hls from "hls.js/light";
import { loadPlayer } from "@/lib/client/watch/live-source";

/** Where somebody is in what is played. */
export interface Place {
  seconds: number;
  isPlaying: boolean;
  rate: number;
}

export interface Quality {
  index: number;
  /** Pixels of the shorter side, by which everybody calls it. */
  lines: number;
}

export interface AdaptiveSource {
  /** What can be chosen, the best first; empty where the browser chooses alone. */
  readonly qualities: readonly Quality[];
  /** Plays one from the next segment on. @param index of the quality; null: by the network again */
  choose(index: number | null): void;
}

export interface AdaptiveOptions {
  /** Of the multivariant playlist. */
  url: string;
  /** Where to begin. */
  fromSeconds: number;
  /** Aborted: the element is let go, now and while hls.js is on its way. */
  signal: AbortSignal;
  /** Called at most once, when it cannot be played any further; the element is free then. */
  onFailure(place: Place): void;
}

/** Ahead of what is shown; the whole recording is a seek away, and not everybody who opens a page plays it. */
const BUFFER_SECONDS = 20;
/** What a network is thought to give until a segment has come: 480 lines. */
const FIRST_ESTIMATE_BPS = 2_000_000;

/** @returns when it is known what can be chosen; null when it was aborted before that, or cannot be played */
export async function openAdaptiveSource(
  media: HTMLMediaElement,
  options: AdaptiveOptions,
): Promise<AdaptiveSource | null> {
  const { url, fromSeconds, signal, onFailure } = options;
  const player = await loadPlayer().catch(() => null);
  if (signal.aborted) return null;
  if (player?.default.isSupported() === true) return openBuffered(player.default, media, options);
  media.addEventListener("error", () => onFailure(placeIn(media, fromSeconds)), { once: true, signal });
  media.src = url;
  media.currentTime = fromSeconds;
  return { qualities: [], choose: () => {} };
}

function openBuffered(
  Player: typeof Hls,
  media: HTMLMediaElement,
  { url, fromSeconds, signal, onFailure }: AdaptiveOptions,
): Promise<AdaptiveSource | null> {
  const hls = new Player({
    ...{ capLevelToPlayerSize: true, maxBufferLength: BUFFER_SECONDS, startPosition: fromSeconds },
    abrEwmaDefaultEstimate: FIRST_ESTIMATE_BPS,
  });
  let hasRecovered = false;
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener("abort", end);
      hls.destroy();
      resolve(null);
    };
    signal.addEventListener("abort", end);
    hls.on(Player.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal) return;
      if (type === Player.ErrorTypes.MEDIA_ERROR && !hasRecovered) {
        hasRecovered = true;
        hls.recoverMediaError();
        return;
      }
      const place = placeIn(media, fromSeconds);
      end();
      onFailure(place);
    });
    hls.once(Player.Events.MANIFEST_PARSED, (_event, { levels }) => {
      const qualities = levels.map(({ width, height }, index) => ({ index, lines: Math.min(width, height) }));
      resolve({
        qualities: qualities.sort((one, other) => other.lines - one.lines),
        choose: (index) => {
          hls.nextLevel = index ?? -1;
        },
      });
    });
    hls.loadSource(url);
    hls.attachMedia(media);
  });
}

/** @param fromSeconds where it was to begin: until something of it has come, the element is at 0 */
function placeIn(media: HTMLMediaElement, fromSeconds: number): Place {
  const hasBegun = media.readyState > HTMLMediaElement.HAVE_NOTHING;
  return {
    seconds: hasBegun ? media.currentTime : fromSeconds,
    isPlaying: !media.paused,
    rate: media.playbackRate,
  };
}
