/** Finds out which tracks of a recording's takes are there and can be a recording at all. */
import { type GapCause, gapCause } from "@/lib/domain/gap-causes";
import { clockFilename } from "@/lib/domain/names";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { expectedKinds } from "@/lib/domain/take-tracks";
import { type Container, looksHeadless, SNIFF_BYTES, sniffContainer } from "@/lib/media/container";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { readStart } from "@/lib/server/storage/read-start";
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
  /** Absolute path of its clock file, which need not be there. */
  clockFile: string;
  /** When its recorder started by the source's clock, ms since the epoch; null: it did not say. */
  startedAtMs: number | null;
}

/** A track that was announced or begun and cannot be used. */
export interface MissingTrack {
  kind: TrackKind;
  /** A sentence for the user. */
  cause: string;
  code: "nothing_recorded" | "not_a_recording" | "beginning_missing" | "damaged";
}

/** One take, and what there is of it. */
export interface FoundTake {
  number: number;
  /** By the server's clock, ms since the epoch. */
  startedAtMs: number;
  /** What ended the take before it. */
  cause: GapCause;
  usable: TrackFile[];
  missing: MissingTrack[];
}

/** Enough to hold a cluster of any recorder. */
const HEADLESS_SEARCH_BYTES = 1024 ** 2;

/** What a track is called in sentences. */
export const TRACK_WORDS: Readonly<Record<TrackKind, string>> = { video: "picture", audio: "sound" };

/** Takes in their order. One of which nothing came is among them, with what is missing of it. */
export async function findTakes(recording: RecordingWithParts, folder: RecordingsFolder): Promise<FoundTake[]> {
  const takes: FoundTake[] = [];
  for (const { number, startedAt, cause } of recording.takes) {
    const take: FoundTake = {
      number,
      startedAtMs: startedAt.getTime(),
      cause: gapCause(cause ?? "unknown"),
      usable: [],
      missing: [],
    };
    for (const kind of TRACK_KINDS) await findTrack(recording, folder, take, kind);
    takes.push(take);
  }
  return takes;
}

async function findTrack(
  recording: RecordingWithParts,
  folder: RecordingsFolder,
  { number, usable, missing }: FoundTake,
  kind: TrackKind,
): Promise<void> {
  const track = recording.tracks.find((each) => each.kind === kind && each.takeNumber === number);
  if (track === undefined && !expectedKinds(recording, number).includes(kind)) return;
  const sizeBytes = track === undefined ? 0 : ((await folder.size(recording.id, track.filename)) ?? 0);
  if (track === undefined || sizeBytes === 0) {
    missing.push({ kind, code: "nothing_recorded", cause: `No ${TRACK_WORDS[kind]} arrived.` });
    return;
  }
  const { filename } = track;
  const file = folder.file(recording.id, filename);
  const container = sniffContainer(await readStart(file, SNIFF_BYTES));
  if (container === null) {
    missing.push(await explainUnknown(kind, file));
    return;
  }
  usable.push({
    ...{ kind, file, filename, sizeBytes, container },
    clockFile: folder.file(recording.id, clockFilename(filename)),
    startedAtMs: track.startedAtMs === null || track.startedAtMs <= 0n ? null : Number(track.startedAtMs),
  });
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
