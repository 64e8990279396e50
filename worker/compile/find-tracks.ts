/** Finds out which of a recording's tracks are there and can be a recording at all. */
import fs from "node:fs/promises";
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { type Container, looksHeadless, SNIFF_BYTES, sniffContainer } from "@/lib/media/container";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";

/** A track whose file is there and begins as a recording does. */
export interface TrackFile {
  kind: TrackKind;
  /** Absolute path. */
  file: string;
  /** Name in the recording's folder. */
  filename: string;
  sizeBytes: number;
  container: Container;
}

/** A track that was announced or begun and cannot be used. */
export interface MissingTrack {
  kind: TrackKind;
  /** A sentence for the user. */
  cause: string;
  code: "nothing_recorded" | "not_a_recording" | "beginning_missing" | "damaged";
}

export interface FoundTracks {
  usable: TrackFile[];
  missing: MissingTrack[];
}

/** Enough to hold a cluster of any recorder. */
const HEADLESS_SEARCH_BYTES = 1024 ** 2;

/** What a track is called in sentences. */
export const TRACK_WORDS: Readonly<Record<TrackKind, string>> = { video: "picture", audio: "sound" };

/**
 * @throws {AppError} unprocessable when the recording has several takes: they cannot be joined yet, and compiling one
 *   would lose the others without a word
 */
export async function findTracks(recording: RecordingWithParts, folder: RecordingsFolder): Promise<FoundTracks> {
  const found: FoundTracks = { usable: [], missing: [] };
  const expected = recording.expectedTracks.split(",");
  for (const track of recording.tracks) {
    if (track.takeNumber > 1 && ((await folder.size(recording.id, track.filename)) ?? 0) > 0) {
      throw new AppError(
        "unprocessable",
        "several_takes",
        "This recording was interrupted and consists of several parts, which cannot be joined yet. All parts are kept.",
      );
    }
  }
  for (const kind of TRACK_KINDS) {
    const track = recording.tracks.find((each) => each.kind === kind && each.takeNumber === 1);
    if (track === undefined && !expected.includes(kind)) continue;
    const sizeBytes = track === undefined ? 0 : ((await folder.size(recording.id, track.filename)) ?? 0);
    if (track === undefined || sizeBytes === 0) {
      found.missing.push({ kind, code: "nothing_recorded", cause: `No ${TRACK_WORDS[kind]} arrived.` });
      continue;
    }
    const file = folder.file(recording.id, track.filename);
    const container = sniffContainer(await readStart(file, SNIFF_BYTES));
    if (container === null) found.missing.push(await explainUnknown(kind, file));
    else found.usable.push({ kind, file, filename: track.filename, sizeBytes, container });
  }
  return found;
}

async function explainUnknown(kind: TrackKind, file: string): Promise<MissingTrack> {
  const word = TRACK_WORDS[kind];
  return looksHeadless(await readStart(file, HEADLESS_SEARCH_BYTES))
    ? {
        kind,
        code: "beginning_missing",
        cause: `The beginning of the ${word} never arrived, and the rest cannot be read without it.`,
      }
    : { kind, code: "not_a_recording", cause: `What arrived as ${word} is not a recording.` };
}

async function readStart(file: string, length: number): Promise<Uint8Array> {
  const handle = await fs.open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
