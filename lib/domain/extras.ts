/**
 * What is made of a finished recording beside its MP4, and is made anew when that is: what a player shows (always), and
 * what somebody asks for.
 */

/** preview: poster, strip of thumbnails and waveform; sound: the sound alone. */
export const EXTRA_KINDS = ["preview", "sound"] as const;
export type ExtraKind = (typeof EXTRA_KINDS)[number];

/** waiting: it is to be made; failed: it was given up for the MP4 there is. */
export const EXTRA_STATES = ["waiting", "made", "failed"] as const;
export type ExtraState = (typeof EXTRA_STATES)[number];

/** Kinds of outputs with one file each. */
export const PREVIEW_OUTPUTS = ["poster", "strip", "strip_vtt", "waveform"] as const;
export const SOUND_OUTPUT = "m4a";

/** Whether an output, by its kind, is part of an extra. */
export function isOutputOf(extra: ExtraKind, outputKind: string): boolean {
  if (extra === "preview") return (PREVIEW_OUTPUTS as readonly string[]).includes(outputKind);
  return outputKind === SOUND_OUTPUT;
}
