/** Motion JPEG streams: how they are encoded, the names their recordings get, and the states of a capture. */

export const MJPEG_CODECS = ["h264", "hevc", "vp8"] as const;
export type StreamCodec = (typeof MJPEG_CODECS)[number];

/** Speeds of x264 and x265; VP8 takes the nearest of its own. */
export const MJPEG_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] as const;
export type StreamPreset = (typeof MJPEG_PRESETS)[number];

export interface StreamSettings {
  codec: StreamCodec;
  preset: StreamPreset;
  /** Quality, lower is better. */
  crf: number;
  /** Most bits a second; 0: as many as the quality needs. */
  bitrateBps: number;
}

/**
 * waiting: its time has not come, or no worker has taken it on; connecting: no picture yet; recording; lost: the source
 * is gone and is tried again; ended.
 */
export const MJPEG_STATES = ["waiting", "connecting", "recording", "lost", "ended"] as const;
export type StreamState = (typeof MJPEG_STATES)[number];

/** What a caller may name a recording. */
export const MJPEG_ALIAS = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The name of a recording nobody named: `YYYYMMDD_HHMMSS`, in UTC. */
export function streamAlias(at: Date): string {
  return at.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "_");
}

/**
 * What a download is called: `stream_recording_YYYY-MM-DD_HH-MM-SS.mp4`, in UTC.
 *
 * @param copy from 2 on for the later ones of a second
 */
export function streamFilename(at: Date, copy = 1): string {
  const time = at.toISOString().slice(0, 19).replace("T", "_").replaceAll(":", "-");
  return `stream_recording_${time}${copy === 1 ? "" : `_${copy}`}.mp4`;
}
