/**
 * Decides where picture and sound are taken from, how they lie to each other in time, and what is missing of them.
 * The timeline of the compiled file begins where both have begun: with the first picture, or with the sound when there
 * is no picture.
 */
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { estimateStartOffset } from "@/lib/media/start-offset";
import type { TrackReport } from "@/lib/media/track-timeline";
import type { CompiledFacts } from "@/lib/server/recordings/compilation";
import { type MissingTrack, TRACK_WORDS } from "@/worker/compile/find-tracks";
import type { MeasuredTrack } from "@/worker/compile/measure-track";

/** One stream of one file. */
export interface ChosenSource {
  track: MeasuredTrack;
  report: TrackReport;
}

export interface ChosenSources {
  video: ChosenSource | null;
  audio: ChosenSource | null;
  /** How much later the picture begins than the sound, milliseconds; negative: the sound is later. */
  offsetMs: number;
  /** What the compiled streams will last, milliseconds; 0 for one that is not there. */
  videoMs: number;
  audioMs: number;
  gaps: CompiledFacts["gaps"];
}

/** A chunk of MP4 holds all up to a key frame, so what its clock says is right to about this. */
const MP4_CLOCK_UNCERTAINTY_MS = 100;
/** Sound that begins later or ends earlier than the picture by less is how recorders start and stop. */
const MIN_EDGE_GAP_MS = 1000;

/**
 * @param constantMs of the browser's clock; null when the clocks of the two tracks cannot be compared
 * @throws {AppError} unprocessable, with the reason, when there is neither picture nor sound
 */
export function chooseSources(
  tracks: readonly MeasuredTrack[],
  missing: readonly MissingTrack[],
  constantMs: number | null,
): ChosenSources {
  const video = sourceIn(tracks, "video", "video");
  // A recorder that was given both writes them into one file; a file of its own comes first.
  let audio = sourceIn(tracks, "audio", "audio") ?? sourceIn(tracks, "video", "audio");
  if (video === null && audio === null) throw nothingUsable(missing);

  const offsetMs = video === null || audio === null ? 0 : offsetBetween(video, audio, constantMs);
  const videoMs = lengthOf(video);
  let audioMs = lengthOf(audio) - offsetMs;
  if (audio !== null && audioMs <= 0) {
    audio = null;
    audioMs = 0;
  }
  const durationMs = Math.max(videoMs, audioMs);
  const gaps = [
    ...TRACK_KINDS.flatMap((kind) => wholeGap(kind, { video, audio }[kind], tracks, missing, durationMs)),
    ...gapsOf("video", video, 0),
    ...gapsOf("audio", audio, offsetMs),
    ...(video === null || audio === null ? [] : edgeGaps(videoMs, audioMs, offsetMs)),
  ];
  return {
    video,
    audio,
    offsetMs: audio === null ? 0 : offsetMs,
    videoMs,
    audioMs,
    gaps: gaps
      .map((gap) => ({ ...gap, fromMs: Math.max(0, Math.round(gap.fromMs)), toMs: Math.round(gap.toMs) }))
      .filter(({ fromMs, toMs }) => toMs > fromMs)
      .sort((a, b) => a.fromMs - b.fromMs),
  };
}

/** @param fileKind what the file was sent as; @param kind what is looked for in it */
function sourceIn(tracks: readonly MeasuredTrack[], fileKind: TrackKind, kind: TrackKind): ChosenSource | null {
  const track = tracks.find((each) => each.kind === fileKind);
  const report = track?.reports[kind];
  return track === undefined || report === undefined || track.probe[kind] === null ? null : { track, report };
}

function offsetBetween(video: ChosenSource, audio: ChosenSource, constantMs: number | null): number {
  // In one file, or when nothing better is known: as the timestamps have it.
  const asWrittenMs = video.report.firstMs - audio.report.firstMs;
  if (video.track === audio.track || constantMs === null) return asWrittenMs;
  const estimateMs = estimateStartOffset(video.report, audio.report, constantMs);
  if (estimateMs === null) return asWrittenMs;
  const isCoarse = video.track.container === "mp4" || audio.track.container === "mp4";
  return isCoarse && Math.abs(estimateMs) < MP4_CLOCK_UNCERTAINTY_MS ? asWrittenMs : estimateMs;
}

function lengthOf(source: ChosenSource | null): number {
  return source === null ? 0 : source.report.endMs - source.report.firstMs;
}

/** A track that was to be there and is not: missing from beginning to end. */
function wholeGap(
  kind: TrackKind,
  source: ChosenSource | null,
  tracks: readonly MeasuredTrack[],
  missing: readonly MissingTrack[],
  durationMs: number,
): CompiledFacts["gaps"] {
  if (source !== null) return [];
  const known = missing.find((each) => each.kind === kind);
  const isEmpty = tracks.some((track) => track.kind === kind);
  if (known === undefined && !isEmpty) return [];
  const cause = known?.cause ?? `What arrived as ${TRACK_WORDS[kind]} holds none.`;
  return [{ kind, fromMs: 0, toMs: durationMs, cause }];
}

function gapsOf(kind: TrackKind, source: ChosenSource | null, offsetMs: number): CompiledFacts["gaps"] {
  if (source === null) return [];
  const shiftMs = source.report.firstMs + offsetMs;
  return source.report.gaps.map(({ fromMs, toMs }) => ({
    kind,
    fromMs: fromMs - shiftMs,
    toMs: toMs - shiftMs,
    cause: `Part of the ${TRACK_WORDS[kind]} never arrived or was damaged.`,
  }));
}

function edgeGaps(videoMs: number, audioMs: number, offsetMs: number): CompiledFacts["gaps"] {
  return [
    ...(-offsetMs >= MIN_EDGE_GAP_MS
      ? [{ kind: "audio", fromMs: 0, toMs: -offsetMs, cause: "The sound began later than the picture." }]
      : []),
    ...(videoMs - audioMs >= MIN_EDGE_GAP_MS
      ? [{ kind: "audio", fromMs: audioMs, toMs: videoMs, cause: "The sound ended before the picture." }]
      : []),
  ];
}

function nothingUsable(missing: readonly MissingTrack[]): AppError {
  const worst = missing.find(({ code }) => code !== "nothing_recorded");
  return worst === undefined
    ? new AppError("unprocessable", "nothing_recorded", "Nothing was recorded: neither picture nor sound arrived.")
    : new AppError("unprocessable", worst.code, `${worst.cause} So there is nothing to compile.`);
}
