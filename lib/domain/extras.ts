/**
 * What is made of a finished recording beside its MP4, and is made anew when that is: what a player shows (always), and
 * what somebody asks for.
 */

/**
 * preview: poster, strip of thumbnails and waveform; sound: the sound alone; hls: the picture in several sizes, to be
 * streamed.
 */
export const EXTRA_KINDS = ["preview", "sound", "hls"] as const;
export type ExtraKind = (typeof EXTRA_KINDS)[number];

/** waiting: it is to be made; failed: it was given up for the MP4 there is. */
export const EXTRA_STATES = ["waiting", "made", "failed"] as const;
export type ExtraState = (typeof EXTRA_STATES)[number];

/** Kinds of outputs with one file each. */
export const PREVIEW_OUTPUTS = ["poster", "strip", "strip_vtt", "waveform"] as const;
export const SOUND_OUTPUT = "m4a";
/** The playlist that names all sizes. */
export const HLS_OUTPUT = "hls";

/** Whether an output, by its kind, is part of an extra. */
export function isOutputOf(extra: ExtraKind, outputKind: string): boolean {
  if (extra === "preview") return (PREVIEW_OUTPUTS as readonly string[]).includes(outputKind);
  if (extra === "sound") return outputKind === SOUND_OUTPUT;
  return outputKind === HLS_OUTPUT || outputKind.startsWith(`${HLS_OUTPUT}-`);
}

/** Heights of picture that can be asked for, in pixels of the shorter side. */
export const HLS_HEIGHTS = [1080, 720, 540, 360, 240] as const;
export type HlsHeight = (typeof HLS_HEIGHTS)[number];

/**
 * The heights that are made of those asked for: not more than the picture has, at least one, from large to small.
 *
 * @param shorterSidePx of the MP4's picture
 */
export function feasibleHeights(asked: readonly number[], shorterSidePx: number): number[] {
  const feasible = [...new Set(asked)].filter((height) => height <= shorterSidePx).sort((a, b) => b - a);
  return feasible.length > 0 ? feasible : [shorterSidePx];
}
