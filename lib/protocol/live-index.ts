/**
 * The live index, a file beside a recording that is compiled while it runs: a header, then a line for each segment, added
 * when its bytes are in the MP4. What the fields mean is said in lib/media/mp4/live-layout; `initSegment` and
 * `fragmentHeader` (lib/media/mp4/fragments) make of it what players want. A last line that is not whole is being written.
 */
import { z } from "zod";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";

const count = z.int().min(0);

const videoTrack = z.object({
  codec: z.string(),
  configuration: z.base64(),
  width: count,
  height: count,
  timescale: count,
  startTicks: count,
});

const audioTrack = z.object({
  codec: z.string(),
  configuration: z.base64(),
  channels: count,
  timescale: count,
  startTicks: count,
});

/** First line. */
export const liveHeader = z.object({
  version: z.literal(1),
  filename: z.string().regex(/^live-[0-9a-f]{8}\.mp4$/),
  video: videoTrack.nullable(),
  audio: audioTrack.nullable(),
  recipe: z.string().optional(),
}) satisfies z.ZodType<LiveHeader>;

/** Every further line. */
export const liveSegment = z.object({
  offsetBytes: count,
  lengthBytes: count,
  durationMs: z.number().min(0),
  video: z
    .object({
      firstTicks: count,
      durationsTicks: z.array(count),
      sizesBytes: z.array(count),
      compositionTicks: z.array(z.int()).optional(),
      keyframes: z.array(count),
    })
    .nullable(),
  audio: z
    .object({ firstTicks: count, sizesBytes: z.array(count), durationsTicks: z.array(count).optional() })
    .nullable(),
}) satisfies z.ZodType<LiveSegment>;
