/** The title of a recording as it comes from outside. */
import { z } from "zod";
import { cleanTitle, MAX_TITLE_LENGTH } from "@/lib/domain/names";

/** A title from outside: cleaned, and refused when what is left is too long. */
export const title = z
  .string()
  .max(20_000)
  .transform(cleanTitle)
  .refine((text) => text.length <= MAX_TITLE_LENGTH, { error: `must have at most ${MAX_TITLE_LENGTH} characters` });
