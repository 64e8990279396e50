/**
 * Makes the MP4 of a recording whose takes are FLV of one kind, without encoding anything: a published stream is ready
 * about as fast as it can be read. That the packets in the MP4 are those that were recorded is proved by their digests,
 * so nothing has to be decoded for the check.
 */
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import type { CompilePlan } from "@/lib/media/compile-args";
import { silentFrame } from "@/lib/media/flv/silence";
import { digestArgs, parseDigestLine, streamArgs } from "@/lib/media/stream-args";
import { type CheckedOutput, checkStreams, type Expectation } from "@/worker/compile/check-output";
import type { CompileContext } from "@/worker/compile/compile-context";
import { type FedFile, FlvFeed } from "@/worker/compile/flv-feed";
import { PHASE_ENDS, type PlacedMeasuredTake, type Written } from "@/worker/compile/join-takes";
import { runWriting } from "@/worker/compile/write-output";

/** What all takes have in common, and where each lies. */
export interface CopiableStream {
  configs: Record<TrackKind, Buffer | null>;
  files: FedFile[];
  size: { width: number; height: number } | null;
}

/** @returns null when something has to be encoded, or the takes are not of one kind */
export function copiableStream(takes: readonly PlacedMeasuredTake[]): CopiableStream | null {
  const configs: CopiableStream["configs"] = { video: null, audio: null };
  let size: CopiableStream["size"] = null;
  for (const { plan, sources } of takes) {
    for (const kind of TRACK_KINDS) {
      const source = sources[kind];
      if (source === null) continue;
      const { flv, container, probe } = source.track;
      const [config, other] = flv?.configs[kind] ?? [];
      const isUsual = probe[kind]?.codec === (kind === "video" ? "h264" : "aac");
      if (container !== "flv" || flv?.isEnhanced || !isUsual || config === undefined || other !== undefined)
        return null;
      if (configs[kind] !== null && !configs[kind].equals(config)) return null;
      configs[kind] = config;
    }
    if (plan.video !== null && plan.video.encode !== null) return null;
    size ??= plan.video?.size ?? null;
  }
  // Sound that is missing somewhere has to be replaced by silence.
  const isBroken = takes.length > 1 || takes.some(({ sources }) => (sources.audio?.report.gaps.length ?? 0) > 0);
  if (configs.audio !== null && isBroken && silentFrame(configs.audio) === null) return null;
  const files = placeFiles(takes);
  return files === null ? null : { configs, files, size };
}

/**
 * A take that follows another because its file had become too large goes on in the same time; any other lies where the
 * time between the takes has put it.
 */
function placeFiles(takes: readonly PlacedMeasuredTake[]): FedFile[] | null {
  const files: (FedFile & { startedAtMs: number | null })[] = [];
  for (const { take, sources, fromMs } of takes) {
    const source = sources.video ?? sources.audio;
    if (source === null) return null;
    const { file, startedAtMs } = source.track;
    const before = files.at(-1);
    const originMs = (sources.videoDelayMs > 0 ? sources.audio : source)?.report.firstMs ?? 0;
    const goesOn = take.cause === "rotated" && before != null && before.startedAtMs !== null && startedAtMs !== null;
    const shiftMs = goesOn ? before.shiftMs + startedAtMs - (before.startedAtMs as number) : fromMs - originMs;
    files.push({ file, startedAtMs, shiftMs });
  }
  // The first picture is often shown later than sound begins; nothing may lie before 0.
  const first = takes[0]?.sources;
  const earliestMs = Math.min(...[first?.video, first?.audio].map((each) => each?.report.firstMs ?? Infinity));
  const leadMs = Math.max(0, -((files[0]?.shiftMs ?? 0) + earliestMs)) + LEAD_MS;
  return files.map(({ file, shiftMs }) => ({ file, shiftMs: shiftMs + leadMs }));
}

/** Decoding begins before the first picture is shown; what is common to all times is taken off by FFmpeg. */
const LEAD_MS = 1000;

/** @throws {AppError} with the cause when it cannot be made; internal when what it holds is not what was recorded */
export async function writeStream(
  context: CompileContext,
  { configs, files, size }: CopiableStream,
  takes: readonly PlacedMeasuredTake[],
  about: Pick<CompilePlan, "title" | "recordedAt">,
  rawBytes: number,
): Promise<Written> {
  const { progress } = context;
  progress.begin("compiling", PHASE_ENDS.copying.compiling);
  const feed = new FlvFeed(configs);
  let readBytes = 0;
  const input = Readable.from(
    feed.bytes(files, (bytes) => {
      readBytes += bytes;
      progress.update(readBytes / rawBytes);
    }),
    { objectMode: false, highWaterMark: 1024 ** 2 },
  );
  const last = takes.at(-1) as PlacedMeasuredTake;
  const durationMs = last.fromMs + last.span.durationMs;
  const writing = { durationMs, rawBytes, filename: "compiled.mp4", onShare: () => {} };
  const file = await runWriting(context, writing, (limits, out) => streamArgs(about, limits, out), input);
  progress.begin("checking", PHASE_ENDS.copying.checking);
  const checked = await checkCopy(context, file, feed, expectedOf(feed, { configs, size }, takes));
  const videoDelayMs = size === null ? 0 : Math.max(0, feed.startMs("video") - feed.startMs("audio"));
  return {
    file,
    checked,
    videoDelayMs: Number.isFinite(videoDelayMs) ? videoDelayMs : 0,
    videoMs: feed.spanMs("video"),
  };
}

/**
 * Compares an MP4 that was made in another way with what was published.
 *
 * @throws {AppError} internal when what it holds is not what was recorded
 */
export async function checkStreamCopy(
  context: CompileContext,
  file: string,
  stream: CopiableStream,
  takes: readonly PlacedMeasuredTake[],
): Promise<CheckedOutput> {
  const feed = new FlvFeed(stream.configs);
  for await (const _ of feed.bytes(stream.files, () => context.signal.throwIfAborted()));
  return checkCopy(context, file, feed, expectedOf(feed, stream, takes));
}

/** Of what was fed. */
function expectedOf(
  feed: FlvFeed,
  { configs, size }: Pick<CopiableStream, "configs" | "size">,
  takes: readonly PlacedMeasuredTake[],
): Expectation {
  const stepMs = (kind: TrackKind) => Math.max(0, ...takes.map(({ sources }) => sources[kind]?.report.stepMs ?? 0));
  const durationMs = (kind: TrackKind) => feed.spanMs(kind) + stepMs(kind);
  const frames = feed.packets.video;
  return {
    video: size === null ? null : { durationMs: durationMs("video"), frames, size, stepMs: stepMs("video") },
    audio: configs.audio === null ? null : { durationMs: durationMs("audio") },
  };
}

async function checkCopy(
  context: CompileContext,
  file: string,
  feed: FlvFeed,
  expected: Expectation,
): Promise<CheckedOutput> {
  const found: Partial<Record<TrackKind, string>> = {};
  const { ffmpeg, inputLimits, signal } = context;
  const [probe] = await Promise.all([
    checkStreams(context, file, expected),
    ffmpeg.ffmpeg(digestArgs(file, inputLimits), {
      signal,
      onLine: (line) => {
        const digest = parseDigestLine(line);
        if (digest !== null) found[digest.kind] = digest.sha256;
      },
    }),
  ]);
  for (const kind of TRACK_KINDS) {
    if (feed.packets[kind] === 0 || found[kind] === feed.digest(kind)) continue;
    throw new AppError("internal", "check_failed", "The compiled file did not pass its check and was discarded.", {
      detail: `packets of ${kind} are not those that were recorded`,
    });
  }
  const { size: sizeBytes } = await stat(file);
  return { sizeBytes, durationMs: Math.round(probe.durationMs as number), probe };
}
