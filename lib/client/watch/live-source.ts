/**
 * Plays a recording that still runs: its HLS playlist, through hls.js where the browser has Media Source Extensions, and
 * natively where it has only that (Safari on iPhones). hls.js is loaded when it is needed and not before.
 */
import type Hls from "hls.js/light";

/** A running recording in a media element. */
export interface LiveSource {
  /**
   * How far what is shown is behind the newest that can be watched.
   *
   * @returns seconds; null while nothing is known
   */
  behindSeconds(): number | null;
  /** Goes as near to now as plays without stalling. */
  goToEdge(): void;
  /** Lets the element go. */
  close(): void;
}

/**
 * Kept between what is shown and the newest segment: segments are about 2 s and arrive as soon as they are whole, so
 * that before each there are 1.5 s in hand.
 */
const EDGE_DISTANCE_SECONDS = 3.5;
/**
 * Who watches at the edge and falls further behind than this, because the network or the machine stood still, is taken
 * to the edge again. Who went back is left there.
 */
const MOST_BEHIND_SECONDS = 12;
/** Below the slowest speed above normal that can be chosen. */
export const MAX_CATCH_UP_RATE = 1.1;
/** What was watched is kept for going back without asking again; more is asked for again. */
const BACK_BUFFER_SECONDS = 60;
/** After an answer that helps nobody: the follower of the recording may have just been replaced, or the server. */
const RETRY_MS = 1000;

/** Fetches hls.js: whoever will need it calls this while other things are still on their way. */
export function loadPlayer(): Promise<typeof import("hls.js/light")> {
  return import("hls.js/light");
}

/**
 * Begins to play at the live edge.
 *
 * @param url of the playlist
 * @param signal aborted: the element is left alone, now and while hls.js is on its way
 * @returns null when it was aborted before it began
 */
export async function openLiveSource(
  media: HTMLMediaElement,
  url: string,
  signal: AbortSignal,
): Promise<LiveSource | null> {
  const { default: Hls } = await loadPlayer();
  if (signal.aborted) return null;
  const source = Hls.isSupported() ? new BufferedSource(Hls, media, url) : openNatively(media, url);
  void startPlaying(media);
  return source;
}

/** With sound where the browser lets it, else without: those who come want to see at once. */
export async function startPlaying(media: HTMLMediaElement): Promise<void> {
  try {
    await media.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
    media.muted = true;
    await media.play().catch(() => {}); // then whoever watches presses the button
  }
}

const MOVES = ["seeking", "play", "pause"] as const;

class BufferedSource implements LiveSource {
  readonly #Hls: typeof Hls;
  readonly #media: HTMLMediaElement;
  readonly #url: string;
  #hls: Hls;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Address of the init segment: another one means that the recording is followed anew, in another file. */
  #init: string | undefined;
  /** When the playlist grew last, by `performance.now()`. */
  #grownAtMs = 0;

  constructor(Hls_: typeof Hls, media: HTMLMediaElement, url: string) {
    this.#Hls = Hls_;
    this.#media = media;
    this.#url = url;
    this.#hls = this.#open();
    for (const event of MOVES) media.addEventListener(event, this.#noteWish);
  }

  behindSeconds(): number | null {
    const details = this.#hls.latestLevelDetails;
    if (details === null || details.fragments.length === 0) return null;
    const ageSeconds = details.live ? (performance.now() - this.#grownAtMs) / 1000 : 0;
    return Math.max(0, details.edge + ageSeconds - this.#media.currentTime);
  }

  goToEdge(): void {
    const at = this.#hls.liveSyncPosition;
    if (at !== null) this.#media.currentTime = at;
    void startPlaying(this.#media);
  }

  close(): void {
    clearTimeout(this.#retry);
    for (const event of MOVES) this.#media.removeEventListener(event, this.#noteWish);
    this.#hls.destroy();
  }

  /** Where somebody goes says whether the edge is wanted; hls.js reads its configuration anew each time. */
  readonly #noteWish = () => {
    const behind = this.behindSeconds();
    const wantsEdge = !this.#media.paused && (behind === null || behind < MOST_BEHIND_SECONDS);
    this.#hls.config.liveMaxLatencyDuration = wantsEdge ? MOST_BEHIND_SECONDS : Number.POSITIVE_INFINITY;
  };

  #open(): Hls {
    const { Events, ErrorTypes } = this.#Hls;
    const hls = new this.#Hls({
      // Segments do not need to be turned into anything, so there is no work for a worker.
      enableWorker: false,
      lowLatencyMode: true,
      liveSyncDuration: EDGE_DISTANCE_SECONDS,
      liveMaxLatencyDuration: MOST_BEHIND_SECONDS,
      maxLiveSyncPlaybackRate: MAX_CATCH_UP_RATE,
      backBufferLength: BACK_BUFFER_SECONDS,
    });
    hls.on(Events.LEVEL_LOADED, (_, { details }) => {
      const init = details.fragments[0]?.initSegment?.url;
      if (init !== undefined && this.#init !== undefined && init !== this.#init) return this.#again(0);
      this.#init = init ?? this.#init;
      if (details.updated) this.#grownAtMs = performance.now();
    });
    let wasRecovered = false;
    hls.on(Events.ERROR, (_, { fatal, type }) => {
      if (!fatal) return;
      if (type === ErrorTypes.MEDIA_ERROR && !wasRecovered) {
        wasRecovered = true;
        hls.recoverMediaError();
      } else if (type === ErrorTypes.NETWORK_ERROR && hls.latestLevelDetails !== null) {
        // What is in hand plays on. The recording may just be finished, and its playlist gone.
        this.#retry = setTimeout(() => hls.startLoad(), RETRY_MS);
      } else {
        this.#again(RETRY_MS);
      }
    });
    hls.loadSource(this.#url);
    hls.attachMedia(this.#media);
    return hls;
  }

  #again(afterMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#hls.destroy();
      this.#init = undefined;
      this.#hls = this.#open();
      void startPlaying(this.#media);
    }, afterMs);
  }
}

function openNatively(media: HTMLMediaElement, url: string): LiveSource {
  const edge = () => (media.seekable.length === 0 ? null : media.seekable.end(media.seekable.length - 1));
  const goToEdge = () => {
    const end = edge();
    if (end !== null) media.currentTime = Math.max(0, end - EDGE_DISTANCE_SECONDS);
  };
  media.addEventListener("loadedmetadata", goToEdge, { once: true });
  media.src = url;
  return {
    behindSeconds() {
      const end = edge();
      return end === null ? null : Math.max(0, end - media.currentTime);
    },
    goToEdge() {
      goToEdge();
      void startPlaying(media);
    },
    close() {
      media.removeEventListener("loadedmetadata", goToEdge);
      media.removeAttribute("src");
      media.load();
    },
  };
}
