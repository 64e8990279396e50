/**
 * What is made of a finished recording beside its MP4, and is made anew when that is: what a player shows (always), and
 * what somebody asks for.
 */

/** preview: poster, strip of thumbnails and waveform; sound: the sound alone; adaptive: several resolutions, as HLS. */
export const EXTRA_KINDS = ["preview", "sound", "adaptive"] as const;
export type ExtraKind = (typeof EXTRA_KINDS)[number];

/** waiting: it is to be made; failed: it was given up for the MP4 there is. */
export const EXTRA_STATES = ["waiting", "made", "failed"] as const;
export type ExtraState = (typeof EXTRA_STATES)[number];

/** Kinds of outputs with one file each. */
export const PREVIEW_OUTPUTS = ["poster", "strip", "strip_vtt", "waveform"] as const;
export const SOUND_OUTPUT = "m4a";
/** The multivariant playlist. */
export const HLS_OUTPUT = "hls";
/** Resolutions, the largest first; there may be fewer. Each is a fragmented MP4, and a playlist of its segments. */
export const RENDITION_OUTPUTS = ["hls_1", "hls_2", "hls_3", "hls_4"] as const;
export const RENDITION_LISTS = ["hls_1_list", "hls_2_list", "hls_3_list", "hls_4_list"] as const;
export const ADAPTIVE_OUTPUTS = [HLS_OUTPUT, ...RENDITION_OUTPUTS, ...RENDITION_LISTS] as const;
export type AdaptiveOutput = (typeof ADAPTIVE_OUTPUTS)[number];

/** Whether an output, by its kind, is part of an extra. */
export function isOutputOf(extra: ExtraKind, outputKind: string): boolean {
  if (extra === "preview") return (PREVIEW_OUTPUTS as readonly string[]).includes(outputKind);
  if (extra === "adaptive") return (ADAPTIVE_OUTPUTS as readonly string[]).includes(outputKind);
  return outputKind === SOUND_OUTPUT;
}
