/**
 * Checks a compiled file before anybody is told that it is ready: the raw tracks may be removed on the strength of it.
 *
 * Up to ten minutes every frame is decoded. Beyond that decoding it all would take longer than the copying it checks
 * (30 to 80 times real time on two cores, against hundreds), so all key frames are decoded, and everything at the
 * beginning, at the end, where files are cut off, and where takes were joined. What lies between is covered by the counts of packets and by the
 * durations.
 */
import fs from "node:fs/promises";
import type { VideoCodec } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import { type InputLimits, inputArgs, probeInputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS, parseProgressLine } from "@/lib/media/ffmpeg-progress";
import { PROBE_ARGS, type Probe, parseProbe } from "@/lib/media/ffprobe-output";
import type { PictureSize } from "@/lib/media/picture-size";
import type { CompileContext } from "@/worker/compile/compile-context";

/** What the file should be, from the timestamps of the raw tracks. */
export interface Expectation {
  /** null: no such stream */
  video: { durationMs: number; frames: number; size: PictureSize; stepMs: number; codec?: VideoCodec } | null;
  audio: { durationMs: number } | null;
  /** Where parts of it were joined; around each everything is decoded. */
  seamsMs?: readonly number[];
}

export interface CheckedOutput {
  sizeBytes: number;
  durationMs: number;
  probe: Probe;
}

/** What looking at streams without decoding them takes. */
type ProbeContext = Pick<CompileContext, "ffmpeg" | "inputLimits" | "signal" | "isStream">;
type CheckContext = ProbeContext & Pick<CompileContext, "threads"> & Partial<Pick<CompileContext, "progress">>;

/** AAC comes in frames of 21 ms and with an encoder's delay; Opus packets of up to 120 ms are cut off in the middle. */
const DURATION_TOLERANCE_MS = 250;
/** The last picture's own length is in no file, and taken to be the usual step. */
const MAX_LAST_FRAME_MS = 2000;
/** An encoder may drop a picture with the timestamp of its neighbour; decoders one that is damaged. */
const MIN_FRAMES_SHARE = 0.9;
const FULL_DECODE_MS = 10 * 60_000;
const EDGE_SECONDS = 20;
/** Before a seam and after it. */
const SEAM_SECONDS = 4;
/** A recording of more takes is decoded around the first ones; each costs a start of FFmpeg. */
const MAX_SEAMS = 50;

/** @throws {AppError} internal with what is wrong in the detail; whatever `context.signal` was aborted with */
export async function checkOutput(context: CheckContext, file: string, expected: Expectation): Promise<CheckedOutput> {
  const { size: sizeBytes } = await fs.stat(file);
  const probe = await checkStreams(context, file, expected);
  const durationMs = Math.round(probe.durationMs as number);
  await decode(context, file, durationMs, expected);
  return { sizeBytes, durationMs, probe };
}

/** The part of the check that decodes nothing. @throws {AppError} as {@link checkOutput} */
export async function checkStreams(context: ProbeContext, file: string, expected: Expectation): Promise<Probe> {
  const probe = await probeOutput(context, file);
  const problems = [
    ...streamProblems(
      probe,
      expected,
      context.isStream === true ? ["h264", "hevc"] : [expected.video?.codec ?? "h264"],
    ),
    ...timeProblems(probe, expected),
  ];
  if (problems.length > 0) throw notAsExpected(problems);
  return probe;
}

function streamProblems({ video, audio, streams }: Probe, expected: Expectation, codecs: string[]): string[] {
  const isCodecRight = expected.video === null ? video === null : codecs.includes(video?.codec ?? "");
  const wanted = Number(expected.video !== null) + Number(expected.audio !== null);
  return [
    ...(streams === wanted ? [] : [`${streams} streams instead of ${wanted}`]),
    ...(isCodecRight ? [] : [`video is ${video?.codec}`]),
    ...(audio?.codec === (expected.audio === null ? undefined : "aac") ? [] : [`audio is ${audio?.codec}`]),
    ...(expected.video === null ||
    (video?.size.width === expected.video.size.width && video.size.height === expected.video.size.height)
      ? []
      : [`picture is ${video?.size.width}x${video?.size.height}`]),
  ];
}

function timeProblems({ video, audio, durationMs }: Probe, expected: Expectation): string[] {
  const problems: string[] = [];
  if (durationMs === null || durationMs <= 0) problems.push("no duration");
  const compare = (name: string, actualMs: number | null | undefined, wantedMs: number, toleranceMs: number) => {
    if (actualMs == null || Math.abs(actualMs - wantedMs) > toleranceMs) {
      problems.push(`${name} lasts ${actualMs} ms instead of ${Math.round(wantedMs)} ms`);
    }
  };
  if (expected.video !== null) {
    const { stepMs, frames } = expected.video;
    const toleranceMs = DURATION_TOLERANCE_MS + Math.min(stepMs, MAX_LAST_FRAME_MS);
    compare("picture", video?.durationMs, expected.video.durationMs, toleranceMs);
    if ((video?.packets ?? 0) < frames * MIN_FRAMES_SHARE) problems.push(`${video?.packets} frames of ${frames}`);
  }
  if (expected.audio !== null) compare("sound", audio?.durationMs, expected.audio.durationMs, DURATION_TOLERANCE_MS);
  return problems;
}

/** Our own file, read with the limits of any other. */
async function probeOutput({ ffmpeg, inputLimits, signal }: ProbeContext, file: string): Promise<Probe> {
  const args = [
    "-v",
    "error",
    "-count_packets",
    ...PROBE_ARGS,
    ...probeInputArgs({ file, container: "mp4" }, inputLimits),
  ];
  let json = "";
  await ffmpeg.ffprobe(args, { signal, onLine: (line) => void (json += `${line}\n`) });
  return parseProbe(json);
}

async function decode(
  context: CheckContext,
  file: string,
  durationMs: number,
  { video, seamsMs = [] }: Expectation,
): Promise<void> {
  const { ffmpeg, inputLimits, signal, threads, progress } = context;
  const lastSeconds = durationMs / 1000 - EDGE_SECONDS;
  const edge = { ...inputLimits, maxDurationSeconds: EDGE_SECONDS };
  const runs: { limits: InputLimits; input: string[]; map: string }[] =
    durationMs <= FULL_DECODE_MS
      ? [{ limits: inputLimits, input: [], map: "0" }]
      : [
          ...(video !== null ? [{ limits: inputLimits, input: ["-skip_frame", "nokey"], map: "0:v:0" }] : []),
          { limits: edge, input: [], map: "0" },
          { limits: edge, input: ["-ss", String(lastSeconds)], map: "0" },
          ...seamsMs.slice(0, MAX_SEAMS).map((seamMs) => ({
            limits: { ...inputLimits, maxDurationSeconds: 2 * SEAM_SECONDS },
            input: ["-ss", String(Math.max(0, seamMs / 1000 - SEAM_SECONDS))],
            map: "0",
          })),
        ];
  for (const { limits, input, map } of runs) {
    const { stderr } = await ffmpeg.ffmpeg(
      [
        ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS],
        ...inputArgs({ file, container: "mp4" }, limits, ["-threads", String(threads), ...input]),
        ...["-map", map, "-fps_mode", "vfr", "-enc_time_base:v", "1:90000", "-f", "null", "-"],
      ],
      {
        signal,
        onLine: (line) => {
          const decodedMs = parseProgressLine(line);
          if (decodedMs !== null) progress?.update(decodedMs / durationMs);
        },
      },
    );
    if (stderr.length > 0) throw notAsExpected(["does not decode", ...stderr]);
  }
}

function notAsExpected(problems: string[]): AppError {
  return new AppError(
    "internal",
    "check_failed",
    "The compiled file did not pass its check and was discarded. The recorded tracks are kept.",
    { detail: problems.join("\n") },
  );
}
