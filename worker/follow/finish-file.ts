/**
 * The end of a recording that was followed: sees that what was read is what was recorded, adds the index to the file, and
 * publishes it. Nothing here takes longer for a long recording, but for the index.
 */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { mp4Filename, THUMBNAIL_FILENAME } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { placeTakes } from "@/lib/domain/take-timeline";
import { SILENT_STEREO_FRAME } from "@/lib/media/adts";
import { namedColors } from "@/lib/media/colors";
import type { Probe } from "@/lib/media/ffprobe-output";
import { LONG_SILENCE_MS } from "@/lib/media/matroska-repair";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { type MovieAudio, movieBox } from "@/lib/media/mp4/movie";
import type { TrackReport } from "@/lib/media/track-timeline";
import {
  type Claim,
  claimCompilation,
  type MadeOutput,
  publishCompilation,
  releaseCompilation,
} from "@/lib/server/recordings/compilation";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { compileSettingsOf } from "@/lib/server/users/accounts";
import { type ChosenSources, chooseSources } from "@/worker/compile/choose-sources";
import { type FoundTake, findTakes } from "@/worker/compile/find-tracks";
import { gapsOfRecording } from "@/worker/compile/ledger";
import { clockConstantMs, spanOf } from "@/worker/compile/measure-take";
import type { TrackClock } from "@/worker/compile/read-clock";
import { expectEveryPacket, movieOfStream, sourcesOfStream } from "@/worker/follow/finish-stream";
import type { FollowContext } from "@/worker/follow/follow-context";
import type { FollowedPicture } from "@/worker/follow/follow-picture";
import type { FollowedStream } from "@/worker/follow/follow-stream";
import type { LiveFile } from "@/worker/follow/live-file";
import { Gone, Refusal } from "@/worker/follow/refusal";
import type { Segmenter } from "@/worker/follow/segmenter";
import { VIDEO_TIMESCALE } from "@/worker/follow/segmenter";
import type { TrackTail } from "@/worker/follow/track-tail";

/** What there is when both tracks are over. */
export interface Followed {
  /** Of the recording, when it had ended. */
  row: RecordingWithParts;
  tails: ReadonlyMap<TrackKind, TrackTail>;
  picture: FollowedPicture | null;
  sound: TrackReport | null;
  /** null: picture and sound are recorders' own files */
  stream: FollowedStream | null;
  segmenter: Segmenter;
  file: LiveFile;
  /** JPEG; null: none was made */
  thumbnail: { bytes: Buffer; width: number; height: number } | null;
  /** Resolves when no other is being made. */
  thumbnailDone: Promise<void>;
}

/** As of the check afterwards: AAC comes in frames, and an encoder may drop a picture with its neighbour's time. */
const DURATION_TOLERANCE_MS = 250;
const MIN_FRAMES_SHARE = 0.9;

/** @throws {Refusal} when something is not as it should be; {@link Gone} when somebody else has the recording */
export async function finishFile(services: Services, context: FollowContext, followed: Followed): Promise<void> {
  const { row, segmenter, file, stream } = followed;
  expectSameTracks(followed);
  if (row.compileRequestedAt === null) throw new Refusal("not_asked");
  const settings = compileSettingsOf(row.compileSettings ?? row.owner.compileSettings, context.config);
  if (JSON.stringify(settings) !== JSON.stringify(context.settings)) throw new Refusal("settings");

  const [take] = await findTakes(row, services.folder);
  if (take === undefined) throw new Refusal("no_tracks");
  const clocks = clocksOf(followed);
  const sources =
    stream === null
      ? sourcesOf(followed, take, clockConstantMs(clocks, context.config))
      : sourcesOfStream(stream, take);
  if (sources.durationMs > context.inputLimits.maxDurationSeconds * 1000) throw new Refusal("lengths", "too long");
  if (stream === null) expectLengths(followed, sources);
  else expectEveryPacket(stream);

  const requestedAtMs = row.compileRequestedAt.getTime();
  const claim = await claimCompilation(services, { recordingId: row.id, requestedAtMs });
  if (claim === null) throw new Gone();
  try {
    const moov = movieBox({
      title: claim.recording.title,
      recordedAt: claim.recording.createdAt,
      ...(stream === null
        ? { video: videoOf(segmenter, sources), audio: audioOf(segmenter, sources, file.silenceOffset) }
        : movieOfStream(stream)),
    });
    const { sizeBytes, sha256 } = await file.finish(moov.bytes);
    const size = segmenter.videoFormat;
    const durationMs = Math.round(moov.durationMs);
    const mp4: MadeOutput = {
      kind: "mp4",
      workFile: file.paths.mp4,
      filename: mp4Filename(row.id),
      contentType: size === null ? "audio/mp4" : "video/mp4",
      sizeBytes: BigInt(sizeBytes),
      sha256,
      durationMs,
      width: size?.width ?? null,
      height: size?.height ?? null,
      videoCodec: size === null ? null : "h264",
      audioCodec: segmenter.audio === null ? null : "aac",
      isUnchecked: true,
    };
    const span = spanOf(take, sources, clocks);
    const about = { title: claim.recording.title, recordedAt: claim.recording.createdAt };
    const measured = { take, sources, plan: { ...about, video: null, audio: null }, span };
    const [place] = placeTakes([span], { mode: context.config.TAKE_GAPS, maxDurationMs: sources.durationMs });
    const placed = { ...measured, ...(place ?? { fromMs: 0, heldMs: 0, missingMs: 0 }) };
    const gaps = gapsOfRecording([measured], [placed], claim.interruptions).map((gap) => ({
      ...gap,
      fromMs: Math.min(gap.fromMs, durationMs),
      toMs: Math.min(gap.toMs, durationMs),
    }));
    const made = [mp4, ...(await thumbnailOf(services, followed))];
    await publishCompilation(services, claim, made, {
      durationMs,
      width: size?.width ?? null,
      height: size?.height ?? null,
      gaps,
    });
  } catch (error) {
    await giveBack(services, claim);
    throw error;
  } finally {
    await followed.thumbnailDone;
    await services.folder.removeWorkFolder(row.id);
  }
}

/** The compilation is another's; one that was overtaken is already. */
async function giveBack(services: Services, claim: Claim): Promise<void> {
  await releaseCompilation(services, claim).catch((error: unknown) => {
    services.log.warn({ recordingId: claim.recording.id, error: String(error) }, "compilation was not given back");
  });
}

/** What was read is the whole of every track, to the byte. */
function expectSameTracks({ row, tails, stream }: Followed): void {
  for (const { kind, filename, sizeBytes, sha256 } of row.tracks) {
    const tail = tails.get(kind as TrackKind);
    if (tail === undefined) {
      if (sizeBytes > 0n) throw new Refusal("late_track", filename);
      continue;
    }
    if (BigInt(tail.finalBytes ?? -1) !== sizeBytes) throw new Refusal("differs", `${filename} in length`);
    // The head of a stream's file is written anew when it is complete; its packets are compared by the check.
    if (stream === null && sha256 !== null && sha256 !== tail.digest())
      throw new Refusal("differs", `${filename} in content`);
  }
}

function clocksOf({ tails }: Followed): Map<string, TrackClock> {
  const clocks = new Map<string, TrackClock>();
  for (const [kind, { clock }] of tails) if (clock !== null && clock.points.length > 0) clocks.set(kind, clock);
  return clocks;
}

/** Chooses as compiling afterwards does, from the same measurements. */
function sourcesOf({ picture, sound, segmenter }: Followed, take: FoundTake, constantMs: number | null): ChosenSources {
  const reports: Partial<Record<TrackKind, TrackReport>> = {};
  if (picture !== null) reports.video = picture.report;
  if (sound !== null) reports.audio = sound;
  const tracks = take.usable.map((track) => {
    const report = reports[track.kind];
    return {
      ...track,
      probe: probeOf(track.kind, segmenter),
      reports: report === undefined ? {} : { [track.kind]: report },
    };
  });
  if (sound?.gaps.some(({ fromMs, toMs }) => toMs - fromMs > LONG_SILENCE_MS))
    throw new Refusal("unreadable", "a long gap");
  return chooseSources(tracks, take.missing, constantMs);
}

/** What ffprobe would say, as far as choosing asks. */
function probeOf(kind: TrackKind, { videoFormat }: Segmenter): Probe {
  const stream = { index: 0, startMs: 0, durationMs: null, packets: null };
  const colors = namedColors({ space: undefined, transfer: undefined, primaries: undefined });
  const size = { width: videoFormat?.width ?? 0, height: videoFormat?.height ?? 0 };
  const picture = { size, isRotated: false, pixelFormat: "yuv420p", hasReorderedFrames: false, colors, parameters: "" };
  return {
    video: kind === "video" ? { ...stream, codec: "h264", ...picture } : null,
    audio: kind === "audio" ? { ...stream, codec: "opus" } : null,
    streams: 1,
    durationMs: null,
  };
}

/** As many samples as there were blocks, and as much sound as the timestamps say. */
function expectLengths({ picture, sound, segmenter }: Followed, sources: ChosenSources): void {
  const { video, audio } = segmenter;
  if (picture !== null && video !== null) {
    const { blocks, stepMs } = picture.report;
    const least = picture.isEncoded ? blocks * MIN_FRAMES_SHARE : blocks;
    const lastsMs = (video.durationTicks / VIDEO_TIMESCALE) * 1000;
    const isLong = Math.abs(lastsMs - sources.videoMs) <= (picture.isEncoded ? DURATION_TOLERANCE_MS + stepMs : 1);
    if (video.samples < least || video.samples > blocks || !isLong || video.keyframes === 0) {
      throw new Refusal("lengths", `${video.samples} pictures of ${blocks}, ${lastsMs} ms of ${sources.videoMs}`);
    }
  }
  if (sound !== null && audio !== null) {
    const rate = segmenter.audioFormat?.sampleRate ?? 0;
    const heardMs = ((audio.samples - 1) * AAC_FRAME_SAMPLES * 1000) / rate;
    const recordedMs = sound.endMs - sound.firstMs;
    if (!(Math.abs(heardMs - recordedMs) <= DURATION_TOLERANCE_MS)) {
      throw new Refusal("lengths", `${heardMs} ms of sound, recorded ${recordedMs} ms`);
    }
  }
}

function videoOf({ video, header }: Segmenter, sources: ChosenSources) {
  return video === null || header?.video == null
    ? null
    : { about: header.video, table: video, delayMs: sources.videoDelayMs };
}

/** The sound begins where the picture does: its head is cut off, or silence comes before it, to the sample. */
function audioOf({ audio, header }: Segmenter, sources: ChosenSources, silenceOffset: number): MovieAudio | null {
  if (audio === null || header?.audio == null) return null;
  const rate = header.audio.timescale;
  const offsetSamples = Math.round((sources.offsetMs * rate) / 1000);
  // The encoder's own first frame is silent too.
  const lateBy = Math.max(0, -offsetSamples);
  const count = Math.max(0, Math.ceil((lateBy - AAC_FRAME_SAMPLES) / AAC_FRAME_SAMPLES));
  const skipSamples = (count + 1) * AAC_FRAME_SAMPLES + offsetSamples;
  const thereSamples = (count + audio.samples) * AAC_FRAME_SAMPLES - skipSamples;
  return {
    about: header.audio,
    table: audio,
    silence:
      count === 0
        ? null
        : {
            count,
            offsetBytes: silenceOffset,
            sizeBytes: SILENT_STEREO_FRAME.length,
            durationTicks: AAC_FRAME_SAMPLES,
          },
    skipSamples,
    heardSamples: Math.max(0, Math.min(thereSamples, Math.round((sources.audioMs * rate) / 1000))),
  };
}

async function thumbnailOf({ folder }: Services, { row, thumbnail }: Followed): Promise<MadeOutput[]> {
  if (thumbnail === null) return [];
  const { bytes, width, height } = thumbnail;
  const workFolder = await folder.makeWorkFolder(row.id, "follow-thumbnail");
  const workFile = path.join(workFolder, THUMBNAIL_FILENAME);
  await fs.writeFile(workFile, bytes, { mode: 0o640 });
  return [
    {
      kind: "thumbnail",
      workFile,
      filename: THUMBNAIL_FILENAME,
      contentType: "image/jpeg",
      sizeBytes: BigInt(bytes.length),
      sha256: createHash("sha256").update(bytes).digest("hex"),
      durationMs: null,
      width,
      height,
      videoCodec: null,
      audioCodec: null,
      isUnchecked: false,
    },
  ];
}
