/** Why a recording is not compiled while it runs; it is compiled when it has ended. */

import { AppError } from "@/lib/domain/errors";

/** Codes that are kept with the recording, with what they mean. */
export const REFUSALS = {
  several_takes: "it has several takes",
  late_track: "a track came that was not waited for",
  no_tracks: "there is neither picture nor sound",
  not_matroska: "a track is not Matroska",
  unreadable: "a track cannot be read, or parts of it cannot be trusted",
  both_in_one: "one file holds picture and sound",
  parameters: "the picture changes its parameters, or cannot be copied",
  no_capacity: "no encoder was free",
  encoder: "an encoder failed",
  differs: "the tracks are not those that were read",
  settings: "the settings were changed",
  lengths: "what was written is not as long as what was recorded",
  not_asked: "nobody asked for it to be compiled",
  no_room: "the disk has no room for it",
  check_failed: "the file did not pass its check",
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** The recording was deleted, or is another's. */
export class Gone extends Error {
  override readonly name = "Gone";
}

/** Following gives the recording up, for good. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, detail = "", cause?: unknown) {
    super(`${REFUSALS[code]}${detail === "" ? "" : `: ${detail}`}`, { cause });
    this.code = code;
  }
}

/** What a parser complains of is a track that cannot be read; everything else stays what it is. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof AppError && error.kind === "unprocessable")
    return new Refusal("unreadable", error.message, error);
  return error;
}
