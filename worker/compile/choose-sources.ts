/**
 * Decides where picture and sound of a take are taken from, how they lie to each other in time, and what is missing of them.
 * The compiled file begins with the first picture. Where that would cost much sound, or there is no picture, it begins
 * with the sound.
 */
import { AppError } from "@/lib/domain/errors";
import type { LedgerGap } from "@/lib/domain/gap-ledger";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { estimateStartOffset } from "@/lib/media/start-offset";
import type { TrackReport } from "@/lib/media/track-timeline";
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
  /** How much of the sound lies before the beginning and is cut off; negative: how much later it begins. Milliseconds. */
  offsetMs: number;
  /** How much later the picture begins, milliseconds; 0 when it is there from the beginning. */
  videoDelayMs: number;
  /** What the compiled file will last, and its streams; 0 for one that is not there. Milliseconds. */
  durationMs: number;
  videoMs: number;
  audioMs: number;
  gaps: LedgerGap[];
}

/** A chunk of MP4 holds all up to a key frame, so what its clock says is right to about this. */
const MP4_CLOCK_UNCERTAINTY_MS = 100;
/** More sound than this is not cut off because the picture begins later; the picture is then delayed. */
const MAX_CUT_MS = 1000;
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
  const audio = sourceIn(tracks, "audio", "audio") ?? sourceIn(tracks, "video", "audio");
  if (video === null && audio === null) throw nothingUsable(missing);

  const apartMs = video === null || audio === null ? 0 : offsetBetween(video, audio, constantMs);
  const videoDelayMs = apartMs > MAX_CUT_MS ? apartMs : 0;
  const offsetMs = videoDelayMs > 0 ? 0 : apartMs;
  const videoMs = lengthOf(video);
  const audioMs = audio === null ? 0 : lengthOf(audio) - offsetMs;
  const durationMs = Math.max(videoDelayMs + videoMs, audioMs);
  const gaps = [
    ...TRACK_KINDS.flatMap((kind) => wholeGap(kind, { video, audio }[kind], tracks, missing, durationMs)),
    ...gapsOf("video", video, -videoDelayMs),
    ...gapsOf("audio", audio, offsetMs),
    ...(video === null || audio === null ? [] : edgeGaps(videoDelayMs, videoMs, offsetMs, audioMs)),
  ];
  return {
    video,
    audio,
    offsetMs,
    videoDelayMs,
    durationMs,
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
): LedgerGap[] {
  if (source !== null) return [];
  const known = missing.find((each) => each.kind === kind);
  // An FLV holds what its encoder sends, which may be sound alone.
  const isEmpty = tracks.some((track) => track.kind === kind && track.container !== "flv" && !track.isRewritten);
  if (known === undefined && !isEmpty) return [];
  const cause = known?.cause ?? `What arrived as ${TRACK_WORDS[kind]} holds none.`;
  return [{ kind, fromMs: 0, toMs: durationMs, code: "track_missing", cause }];
}

function gapsOf(kind: TrackKind, source: ChosenSource | null, offsetMs: number): LedgerGap[] {
  if (source === null) return [];
  const shiftMs = source.report.firstMs + offsetMs;
  return source.report.gaps.map(({ fromMs, toMs }) => ({
    kind,
    fromMs: fromMs - shiftMs,
    toMs: toMs - shiftMs,
    code: "damaged",
    cause: `Part of the ${TRACK_WORDS[kind]} never arrived or was damaged.`,
  }));
}

function edgeGaps(videoDelayMs: number, videoMs: number, offsetMs: number, audioMs: number): LedgerGap[] {
  const videoEndMs = videoDelayMs + videoMs;
  const gaps: LedgerGap[] = [
    {
      kind: "video",
      fromMs: 0,
      toMs: videoDelayMs,
      code: "late_start",
      cause: "The picture began later than the sound.",
    },
    { kind: "audio", fromMs: 0, toMs: -offsetMs, code: "late_start", cause: "The sound began later than the picture." },
    {
      kind: "audio",
      fromMs: audioMs,
      toMs: videoEndMs,
      code: "early_end",
      cause: "The sound ended before the picture.",
    },
  ];
  return gaps.filter(({ fromMs, toMs }) => toMs - fromMs >= MIN_EDGE_GAP_MS);
}

function nothingUsable(missing: readonly MissingTrack[]): AppError {
  const worst = missing.find(({ code }) => code !== "nothing_recorded");
  return worst === undefined
    ? new AppError("unprocessable", "nothing_recorded", "Nothing was recorded: neither picture nor sound arrived.")
    : new AppError("unprocessable", worst.code, `${worst.cause} So there is nothing to compile.`);
}
