/** What a user may choose about the compiled file, with the defaults and bounds, and ready choices by purpose. */
import { z } from "zod";

/** x264's presets that are offered, from fast and large to slow and small. */
export const X264_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] as const;

/** What a picture that has to be transcoded becomes. Every player has the first. */
export const VIDEO_CODECS = ["h264", "hevc", "av1"] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** What the picture mostly shows, as far as an encoder can make use of it. */
export const CONTENTS = ["any", "screen"] as const;

export const compileSettingsSchema = z.object({
  /** Constant rate factor on x264's scale, also for other codecs; lower is better and larger. Only where it is transcoded. */
  crf: z.int().min(14).max(40),
  preset: z.enum(X264_PRESETS),
  /** Bits per second of the AAC track. */
  audioBitrateBps: z.int().min(32_000).max(320_000),
  /** Longest side of the picture in pixels; larger pictures are scaled down. 0: as recorded. */
  longestSidePx: z.union([z.literal(0), z.int().min(240).max(8192)]),
  videoCodec: z.enum(VIDEO_CODECS).default("h264"),
  content: z.enum(CONTENTS).default("any"),
  /** Longest time between key frames, in seconds: whoever seeks waits for this much to be decoded at most. */
  keyFrameSeconds: z.int().min(1).max(20).default(4),
});

export type CompileSettings = z.infer<typeof compileSettingsSchema>;

/** CRF 23 with veryfast: no measurable loss against a VP8 input (SSIM 0.893 against 0.892) at 21 CPU seconds a minute. */
export const DEFAULT_COMPILE_SETTINGS: CompileSettings = {
  crf: 23,
  preset: "veryfast",
  audioBitrateBps: 128_000,
  longestSidePx: 0,
  videoCodec: "h264",
  content: "any",
  keyFrameSeconds: 4,
};

export const PURPOSES = ["talk", "screen", "motion"] as const;
export type Purpose = (typeof PURPOSES)[number];
export const SIZES = ["small", "balanced", "best"] as const;
export type FileSize = (typeof SIZES)[number];

/** What a choice by purpose decides; size of picture and codec are choices of their own. */
export type PurposeSettings = Pick<
  CompileSettings,
  "crf" | "preset" | "audioBitrateBps" | "content" | "keyFrameSeconds"
>;

/**
 * Settings by purpose. A face that talks forgives much; text on a screen must stay sharp and seldom changes, so key
 * frames may be rare; motion needs bits, is looked for by seeking, and often has music.
 */
export const PURPOSE_SETTINGS: Readonly<Record<Purpose, Readonly<Record<FileSize, PurposeSettings>>>> = {
  talk: {
    small: { crf: 28, preset: "faster", audioBitrateBps: 64_000, content: "any", keyFrameSeconds: 6 },
    balanced: { crf: 23, preset: "veryfast", audioBitrateBps: 128_000, content: "any", keyFrameSeconds: 4 },
    best: { crf: 18, preset: "medium", audioBitrateBps: 192_000, content: "any", keyFrameSeconds: 4 },
  },
  screen: {
    small: { crf: 28, preset: "faster", audioBitrateBps: 64_000, content: "screen", keyFrameSeconds: 10 },
    balanced: { crf: 22, preset: "veryfast", audioBitrateBps: 128_000, content: "screen", keyFrameSeconds: 8 },
    best: { crf: 17, preset: "fast", audioBitrateBps: 192_000, content: "screen", keyFrameSeconds: 4 },
  },
  motion: {
    small: { crf: 27, preset: "faster", audioBitrateBps: 96_000, content: "any", keyFrameSeconds: 4 },
    balanced: { crf: 22, preset: "faster", audioBitrateBps: 160_000, content: "any", keyFrameSeconds: 2 },
    best: { crf: 17, preset: "medium", audioBitrateBps: 256_000, content: "any", keyFrameSeconds: 2 },
  },
};

/** The ready choice that settings are; null: somebody has set them one by one. */
export function purposeOf(settings: PurposeSettings): { purpose: Purpose; size: FileSize } | null {
  for (const purpose of PURPOSES) {
    for (const size of SIZES) {
      const ready = PURPOSE_SETTINGS[purpose][size];
      const isSame = (Object.keys(ready) as (keyof PurposeSettings)[]).every((key) => ready[key] === settings[key]);
      if (isSame) return { purpose, size };
    }
  }
  return null;
}
