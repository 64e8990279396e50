/** What the API says of extras: what is made of a finished recording beside its MP4. */
import { z } from "zod";
import { EXTRA_KINDS, EXTRA_STATES } from "@/lib/domain/extras";

export const extraResource = z
  .object({
    kind: z.enum(EXTRA_KINDS),
    state: z.enum(EXTRA_STATES),
    failure: z.string().nullable().meta({ description: "why it could not be made, in words" }),
  })
  .meta({ id: "Extra", description: "Something made of the finished file; its files are among the outputs" });
export type ExtraResource = z.infer<typeof extraResource>;
