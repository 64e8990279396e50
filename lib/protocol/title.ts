/** Titles and names as they come from outside. */
import { z } from "zod";
import { cleanTitle, MAX_TITLE_LENGTH } from "@/lib/domain/names";

/** A title from outside: cleaned, and refused when what is left is too long. */
export const title = z
  .string()
  .max(20_000)
  .transform(cleanTitle)
  .refine((text) => text.length <= MAX_TITLE_LENGTH, { error: `must have at most ${MAX_TITLE_LENGTH} characters` });

/** Of what a user tells apart by its name: a stream key, a place to push streams on to. */
export const shortName = z
  .string()
  .max(200)
  .transform(cleanTitle)
  .refine((text) => text.length >= 1 && text.length <= 80, { error: "must have 1 to 80 characters" });
