/** HLS playlists over byte ranges of transport streams (RFC 8216 §4.3): each entry begins with a key frame. */

export interface PlaylistEntry {
  url: string;
  offset: number;
  length: number;
  durationMs: number;
  /** Wall time of its first picture, ms since the epoch. */
  atMs: number;
  /** Its times do not go on from those of the entry before. */
  isDiscontinuous: boolean;
}

export interface Playlist {
  entries: readonly PlaylistEntry[];
  /** Number of the first entry; the same entry always has the same one. */
  sequence: number;
  /** Discontinuities before the first entry. */
  discontinuities: number;
  /** Nothing comes any more. */
  isEnded: boolean;
}

export function writePlaylist({ entries, sequence, discontinuities, isEnded }: Playlist): string {
  const longestMs = Math.max(1000, ...entries.map(({ durationMs }) => durationMs));
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:4",
    `#EXT-X-TARGETDURATION:${Math.ceil(longestMs / 1000)}`,
    `#EXT-X-MEDIA-SEQUENCE:${sequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuities}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...(isEnded ? ["#EXT-X-PLAYLIST-TYPE:VOD"] : []),
  ];
  for (const [index, { url, offset, length, durationMs, atMs, isDiscontinuous }] of entries.entries()) {
    if (isDiscontinuous && index > 0) lines.push("#EXT-X-DISCONTINUITY");
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(atMs).toISOString()}`,
      `#EXTINF:${(durationMs / 1000).toFixed(3)},`,
      `#EXT-X-BYTERANGE:${length}@${offset}`,
      url,
    );
  }
  if (isEnded) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}

/**
 * Entries of one file from its key frames, as short as `leastMs` allows.
 *
 * @param keyFrames in order, the first at the beginning of the file
 * @param end where the last of them ends
 */
export function entriesOf(
  { url, startedAtMs }: { url: string; startedAtMs: number },
  keyFrames: readonly { offset: number; atMs: number }[],
  end: { offset: number; atMs: number },
  leastMs: number,
): PlaylistEntry[] {
  const entries: PlaylistEntry[] = [];
  let first = keyFrames[0];
  for (const [index, { offset, atMs }] of [...keyFrames, end].entries()) {
    if (index === 0 || first === undefined) continue;
    const isLast = index === keyFrames.length;
    if (atMs - first.atMs < leastMs && !isLast) continue;
    if (offset > first.offset) {
      entries.push({
        ...{ url, offset: first.offset, length: offset - first.offset },
        ...{ durationMs: Math.max(1, atMs - first.atMs), atMs: startedAtMs + first.atMs },
        isDiscontinuous: first.offset === keyFrames[0]?.offset,
      });
    }
    first = { offset, atMs };
  }
  return entries;
}
