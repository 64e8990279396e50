/** HLS playlists of recordings that run (RFC 8216, and draft-pantos-hls-rfc8216bis for what keeps delay small). */

export interface LivePlaylist {
  /** How long each segment plays, milliseconds, from the first. */
  durationsMs: readonly number[];
  /** No segment will follow. */
  isOver: boolean;
  initUri: string;
  segmentUri: (index: number) => string;
  /** Leave out what the player has already (§6.2.5.1 "Playlist Delta Updates"). */
  isDelta: boolean;
}

/** Segments are about 2 s, and as long as the source's key frames are apart; players must know a bound beforehand. */
const LEAST_TARGET_SECONDS = 2;
/** Of the target duration: what is this far from the end may be left out; at least 6 (§4.4.3.8). */
const SKIP_TARGETS = 6;
/** Of the target duration: how far from the end players stay that know of no better; at least 3 (§4.4.3.8). */
const HOLD_BACK_TARGETS = 3;

/**
 * The playlist, with every segment from the first: a player may go back to the beginning.
 *
 * @returns text, `application/vnd.apple.mpegurl`
 */
export function livePlaylist({ durationsMs, isOver, initUri, segmentUri, isDelta }: LivePlaylist): string {
  const target = targetSeconds(durationsMs);
  const skipped = isDelta && !isOver ? segmentsToSkip(durationsMs, SKIP_TARGETS * target * 1000) : 0;
  const lines = [
    "#EXTM3U",
    `#EXT-X-VERSION:${skipped > 0 ? 9 : 7}`,
    `#EXT-X-TARGETDURATION:${target}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:EVENT",
    // No EXT-X-START: without one players begin at the end (RFC 8216 §6.3.3), and those that can nearer than it would say.
    ...(isOver
      ? []
      : [
          `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=${SKIP_TARGETS * target},HOLD-BACK=${HOLD_BACK_TARGETS * target}`,
        ]),
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
    `#EXT-X-MAP:URI="${initUri}"`,
  ];
  for (let index = skipped; index < durationsMs.length; index += 1) {
    lines.push(`#EXTINF:${((durationsMs[index] as number) / 1000).toFixed(3)},`, segmentUri(index));
  }
  if (isOver) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}

/** No segment lasts longer, rounded (RFC 8216 §4.3.3.1). */
function targetSeconds(durationsMs: readonly number[]): number {
  let longestMs = LEAST_TARGET_SECONDS * 1000;
  for (const durationMs of durationsMs) longestMs = Math.max(longestMs, durationMs);
  return Math.round(longestMs / 1000);
}

function segmentsToSkip(durationsMs: readonly number[], keptMs: number): number {
  let fromEndMs = 0;
  for (let index = durationsMs.length - 1; index >= 0; index -= 1) {
    fromEndMs += durationsMs[index] as number;
    if (fromEndMs > keptMs) return index;
  }
  return 0;
}
