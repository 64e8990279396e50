/** What the API says of extras: what is made of a finished recording beside its MP4. */
import { z } from "zod";
import { CUT_MODES } from "@/lib/domain/cut";
import { EXTRA_KINDS, EXTRA_STATES } from "@/lib/domain/extras";
import { title } from "@/lib/protocol/title";

export const extraResource = z
  .object({
    kind: z.enum(EXTRA_KINDS),
    state: z.enum(EXTRA_STATES),
    progress: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: "how much of it is made; null: not being made, or of a kind that takes seconds" }),
    failure: z.string().nullable().meta({ description: "why it could not be made, in words" }),
  })
  .meta({ id: "Extra", description: "Something made of the finished file; its files are among the outputs" });
export type ExtraResource = z.infer<typeof extraResource>;

export const trimRequest = z
  .object({
    fromMs: z.int().min(0).meta({ description: "media time of the finished file, milliseconds" }),
    toMs: z
      .int()
      .min(1)
      .meta({ description: "media time of the finished file, milliseconds; what is beyond its end counts as the end" }),
    mode: z.enum(CUT_MODES).default("exact").meta({
      description: "keyframe: copied, from the key frame before; exact: encoded again, from the very picture",
    }),
    title: title.optional(),
  })
  .refine(({ fromMs, toMs }) => toMs > fromMs, { error: "toMs must be after fromMs", path: ["toMs"] })
  .meta({ id: "Trim" });
export type TrimRequest = z.infer<typeof trimRequest>;
