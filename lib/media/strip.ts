/**
 * The strip of thumbnails that is shown while somebody seeks: small pictures at equal distances, in rows of one JPEG, and
 * a WebVTT file that says which is where (the way of players: a cue's text is an address with `#xywh`, W3C Media
 * Fragments §4.2.2).
 */
import type { PictureSize } from "@/lib/media/picture-size";

export interface StripPlan {
  intervalMs: number;
  tiles: number;
  columns: number;
  rows: number;
  /** Of one thumbnail, in pixels. */
  tile: PictureSize;
}

const LONGEST_SIDE_PX = 160;
const MAX_COLUMNS = 10;
/** 1600x1350 pixels at 16:9: about 300 kB. */
const MAX_TILES = 150;
/** Closer together they look the same. */
const MIN_INTERVAL_MS = 1000;

/** @param durationMs of the file, more than 0 */
export function planStrip({ width, height }: PictureSize, durationMs: number): StripPlan {
  const intervalMs = Math.max(MIN_INTERVAL_MS, Math.ceil(durationMs / MAX_TILES));
  const tiles = Math.max(1, Math.ceil(durationMs / intervalMs));
  const columns = Math.min(MAX_COLUMNS, tiles);
  const scale = LONGEST_SIDE_PX / Math.max(width, height);
  const even = (pixels: number) => Math.max(2, 2 * Math.round((pixels * scale) / 2));
  return {
    intervalMs,
    tiles,
    columns,
    rows: Math.ceil(tiles / columns),
    tile: { width: even(width), height: even(height) },
  };
}

/** The filter that makes the strip of a picture that begins at 0; where a picture stands, it is repeated. */
export function stripFilter({ intervalMs, tiles, columns, rows, tile }: StripPlan): string {
  return [
    `[0:v:0]fps=1000/${intervalMs}:start_time=0:round=up`,
    "tpad=stop=-1:stop_mode=clone",
    `scale=${tile.width}:${tile.height},setsar=1`,
    `tile=${columns}x${rows}:nb_frames=${tiles},format=yuvj420p`,
  ].join(",");
}

/**
 * The WebVTT file.
 *
 * @param image address of the strip, absolute or from that of the WebVTT file
 */
export function stripCues({ intervalMs, tiles, columns, tile }: StripPlan, durationMs: number, image: string): string {
  const cues = Array.from({ length: tiles }, (_, index) => {
    const fromMs = index * intervalMs;
    const toMs = index === tiles - 1 ? Math.max(durationMs, fromMs + 1) : fromMs + intervalMs;
    const x = (index % columns) * tile.width;
    const y = Math.floor(index / columns) * tile.height;
    return `${cueTime(fromMs)} --> ${cueTime(toMs)}\n${image}#xywh=${x},${y},${tile.width},${tile.height}\n`;
  });
  return `WEBVTT\n\n${cues.join("\n")}`;
}

/** W3C WebVTT §4.1: hours may have more than two digits. */
function cueTime(ms: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  const fraction = String(Math.floor(ms % 1000)).padStart(3, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}
