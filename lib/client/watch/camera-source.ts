/**
 * Plays what a camera sent, live or from a time, from its HLS playlists: through hls.js where the browser has Media Source
 * Extensions, and natively where it has only that. hls.js is loaded when it is needed; the whole one, because the light
 * one does not know H.265 in transport streams.
 */
import type Hls from "hls.js";
import { startPlaying } from "@/lib/client/watch/live-source";

export interface CameraSource {
  /** Wall time of what is shown, ms since the epoch; null while nothing is known. */
  shownAtMs(): number | null;
  /** Lets the element go. */
  close(): void;
}

interface CameraSourceOptions {
  /** It is the live playlist: what cannot be had now is asked for again. */
  isLive: boolean;
  /** @param words why nothing is shown; null: it goes again */
  onProblem: (words: string | null) => void;
}

/** The segment may just be ending, or the camera connecting. */
const RETRY_MS = 2000;
/** So many pieces that came and could not be shown mean that none will. */
const MOST_UNSHOWN = 4;
const CANNOT_PLAY = "This browser cannot play what the camera sends. It is recorded all the same, and can be exported.";
const NOT_LIVE = "There is nothing live at the moment. It is tried again.";
const NOT_THERE = "Nothing can be played from this time.";

/**
 * Begins to play.
 *
 * @param url of the playlist
 * @param signal aborted: the element is left alone, now and while hls.js is on its way
 * @returns null when it was aborted before it began
 */
export async function openCameraSource(
  media: HTMLVideoElement,
  url: string,
  signal: AbortSignal,
  options: CameraSourceOptions,
): Promise<CameraSource | null> {
  const { default: Hls_ } = await import("hls.js");
  if (signal.aborted) return null;
  const source = Hls_.isSupported() ? openBuffered(Hls_, media, url, options) : openNatively(media, url, options);
  void startPlaying(media);
  return source;
}

function openBuffered(
  Hls_: typeof Hls,
  media: HTMLVideoElement,
  url: string,
  { isLive, onProblem }: CameraSourceOptions,
): CameraSource {
  const { Events, ErrorTypes, ErrorDetails } = Hls_;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hls: Hls;
  /** The browser does not know the codec. */
  let isForeign = false;
  const open = () => {
    hls = new Hls_({ backBufferLength: 60 });
    let wasRecovered = false;
    let unshown = 0;
    hls.on(Events.FRAG_LOADED, () => {
      unshown += 1;
      if (unshown > MOST_UNSHOWN) onProblem(CANNOT_PLAY);
    });
    hls.on(Events.FRAG_BUFFERED, () => {
      unshown = 0;
      if (!isForeign) onProblem(null);
    });
    hls.on(Events.ERROR, (_, { fatal, type, details }) => {
      if (
        details === ErrorDetails.BUFFER_ADD_CODEC_ERROR ||
        details === ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR
      ) {
        isForeign = true;
        onProblem(CANNOT_PLAY);
      }
      if (!fatal || isForeign) return;
      if (type === ErrorTypes.MEDIA_ERROR && !wasRecovered) {
        wasRecovered = true;
        hls.recoverMediaError();
      } else if (type === ErrorTypes.NETWORK_ERROR && isLive) {
        onProblem(NOT_LIVE);
        retry = setTimeout(again, RETRY_MS);
      } else {
        onProblem(type === ErrorTypes.NETWORK_ERROR ? NOT_THERE : CANNOT_PLAY);
      }
    });
    hls.loadSource(url);
    hls.attachMedia(media);
  };
  const again = () => {
    hls.destroy();
    open();
    void startPlaying(media);
  };
  open();
  return {
    shownAtMs: () => hls.playingDate?.getTime() ?? null,
    close() {
      clearTimeout(retry);
      hls.destroy();
    },
  };
}

/** What Safari has besides the standard: wall time of the beginning, from the playlist. */
interface DatedVideo extends HTMLVideoElement {
  getStartDate?: () => Date;
}

function openNatively(media: DatedVideo, url: string, { isLive, onProblem }: CameraSourceOptions): CameraSource {
  const fail = () => onProblem(isLive ? NOT_LIVE : CANNOT_PLAY);
  const goOn = () => onProblem(null);
  media.addEventListener("error", fail);
  media.addEventListener("playing", goOn);
  media.src = url;
  return {
    shownAtMs() {
      const startMs = media.getStartDate?.().getTime() ?? Number.NaN;
      return Number.isNaN(startMs) ? null : startMs + media.currentTime * 1000;
    },
    close() {
      media.removeEventListener("error", fail);
      media.removeEventListener("playing", goOn);
      media.removeAttribute("src");
      media.load();
    },
  };
}
