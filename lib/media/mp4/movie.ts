/**
 * The index of a finished file: `moov` with every sample of its tracks, which of each track is shown and when, and what
 * the file says of itself.
 */
import { ascii, type BoxPart, box, fullBox, u16, u32, utf8, versionFor, wide } from "@/lib/media/mp4/boxes";
import type { LiveAudioTrack, LiveVideoTrack } from "@/lib/media/mp4/live-layout";
import type { RepeatedSample, SampleTable } from "@/lib/media/mp4/sample-table";
import { handler, MOVIE_TIMESCALE, movieHeader, type TrackHead, trackBox } from "@/lib/media/mp4/track-boxes";

export interface MovieVideo {
  about: LiveVideoTrack;
  table: SampleTable;
  /** How much later than the file it begins, milliseconds. */
  delayMs: number;
  /** How much of the track comes before its first picture, in its ticks: pictures that are shown later than decoded. */
  skipTicks?: number;
}

export interface MovieAudio {
  about: LiveAudioTrack;
  table: SampleTable;
  /** Frames in front of those in the table; null: none */
  silence: RepeatedSample | null;
  /** How much of the beginning is not to be heard, in samples, the silence counted. */
  skipSamples: number;
  /** How much is to be heard after that, in samples; what is beyond is cut off. */
  heardSamples: number;
  /** How much later than the file it begins, milliseconds. */
  delayMs?: number;
}

export interface Movie {
  title: string;
  recordedAt: Date;
  video: MovieVideo | null;
  audio: MovieAudio | null;
}

/** What every file begins with. */
export function fileType(): Uint8Array {
  return box("ftyp", ascii("isom"), u32(512), ascii("isomiso2avc1mp41"));
}

/** Two headers of `mdat`: its size is not known while it grows; a size of 0 means up to the end of the file (§4.2). */
export function mediaDataHeader(contentBytes: number | null): Uint8Array {
  return Uint8Array.from([
    ...u32(contentBytes === null ? 0 : contentBytes + MEDIA_DATA_HEADER_BYTES),
    ...ascii("mdat"),
  ]);
}

export const MEDIA_DATA_HEADER_BYTES = 8;

/** @returns the `moov` box, and how long the whole plays */
export function movieBox({ title, recordedAt, video, audio }: Movie): { bytes: Uint8Array; durationMs: number } {
  const traks: Uint8Array[] = [];
  let longestTicks = 0;
  if (video !== null) {
    const { about, table, skipTicks = 0 } = video;
    const delayTicks = toMovieTicks(video.delayMs / 1000);
    const playedTicks = toMovieTicks(table.durationTicks / about.timescale);
    const shownTicks = delayTicks + playedTicks;
    const edits = [...delayed(delayTicks), { durationTicks: playedTicks, mediaTicks: skipTicks }];
    const head: TrackHead = {
      track: { kind: "video", about },
      createdAt: recordedAt,
      shownTicks,
      mediaTicks: table.durationTicks,
    };
    traks.push(trackBox(head, editList(edits), table.boxes(false, null)));
    longestTicks = Math.max(longestTicks, shownTicks);
  }
  if (audio !== null) {
    const { about, table, silence, skipSamples, heardSamples } = audio;
    const delayTicks = toMovieTicks((audio.delayMs ?? 0) / 1000);
    const heardTicks = toMovieTicks(heardSamples / about.timescale);
    const shownTicks = delayTicks + heardTicks;
    const head: TrackHead = {
      track: { kind: "audio", about },
      createdAt: recordedAt,
      shownTicks,
      mediaTicks: table.durationTicks + (silence === null ? 0 : silence.count * silence.durationTicks),
    };
    const edits = [...delayed(delayTicks), { durationTicks: heardTicks, mediaTicks: skipSamples }];
    traks.push(trackBox(head, editList(edits), table.boxes(true, silence)));
    longestTicks = Math.max(longestTicks, shownTicks);
  }
  return {
    bytes: box("moov", movieHeader(recordedAt, longestTicks), ...traks, titleBox(title)),
    durationMs: (longestTicks / MOVIE_TIMESCALE) * 1000,
  };
}

interface Edit {
  /** In ticks of the movie. */
  durationTicks: number;
  /** Where in the track it begins, in the track's ticks; null: nothing is shown. */
  mediaTicks: number | null;
}

/** Nothing is shown of a track that begins later. */
function delayed(ticks: number): Edit[] {
  return ticks === 0 ? [] : [{ durationTicks: ticks, mediaTicks: null }];
}

/** ISO/IEC 14496-12 §8.6.6. */
function editList(edits: readonly Edit[]): BoxPart {
  const version = versionFor(...edits.flatMap(({ durationTicks, mediaTicks }) => [durationTicks, mediaTicks ?? 0]));
  const entries = edits.flatMap(({ durationTicks, mediaTicks }) => [
    ...wide(version, durationTicks),
    // -1 in as many bits as the version has.
    ...(mediaTicks === null ? Array<number>(version === 1 ? 8 : 4).fill(0xff) : wide(version, mediaTicks)),
    ...[...u16(1), ...u16(0)],
  ]);
  return box("edts", fullBox("elst", version, 0, u32(edits.length), entries));
}

/** The title where players look for it: metadata as iTunes writes them. */
function titleBox(title: string): Uint8Array {
  // Well-known type 1 is UTF-8; then no country and no language.
  const data = box("data", u32(1), u32(0), utf8(title));
  const list = box("ilst", box("\u00a9nam", data));
  return box("udta", fullBox("meta", 0, 0, handler("mdir", ""), list));
}

function toMovieTicks(seconds: number): number {
  return Math.round(seconds * MOVIE_TIMESCALE);
}
