/** Makes what a player shows of a recording beside its picture: a poster, a strip of thumbnails, and a waveform. */
import fs from "node:fs/promises";
import path from "node:path";
import { EXTRA_FILENAMES } from "@/lib/domain/names";
import { inputArgs } from "@/lib/media/ffmpeg-input";
import type { PictureSize } from "@/lib/media/picture-size";
import { planStrip, stripCues, stripFilter } from "@/lib/media/strip";
import { PeakMeter, WAVEFORM_SAMPLES, type WaveformFile } from "@/lib/media/waveform";
import type { MadeOutput } from "@/lib/server/recordings/compilation";
import { describeFile } from "@/worker/extras/describe-file";
import type { ExtraContext } from "@/worker/extras/extra-context";

const START = ["-nostdin", "-hide_banner", "-v", "error", "-y"];
const POSTER_LONGEST_PX = 1280;
/** The beginning is often black or a hand at the camera. */
const POSTER_POSITION = 0.1;
const POSTER_CANDIDATES = 30;
const POSTER_SECONDS = 4;
/** Beyond this only key frames are decoded and read: hours take no longer than minutes then. */
const EVERY_FRAME_MS = 2 * 60_000;
const MAX_PICTURE_BYTES = 8 * 1024 ** 2;
const TIMEOUT_MS = 30 * 60_000;

/** @throws {AppError} with the cause when FFmpeg fails; whatever the signal was aborted with */
export async function makePreview(context: ExtraContext): Promise<MadeOutput[]> {
  const { mp4 } = context;
  const durationMs = mp4.durationMs ?? 0;
  if (durationMs <= 0) return [];
  const size = mp4.width === null || mp4.height === null ? null : { width: mp4.width, height: mp4.height };
  return [
    ...(size === null ? [] : await makePoster(context, size, durationMs)),
    ...(size === null ? [] : await makeStrip(context, size, durationMs)),
    ...(mp4.audioCodec === null ? [] : [await makeWaveform(context, durationMs)]),
  ];
}

async function makePoster(context: ExtraContext, size: PictureSize, durationMs: number): Promise<MadeOutput[]> {
  const scale = Math.min(1, POSTER_LONGEST_PX / Math.max(size.width, size.height));
  const even = (pixels: number) => Math.max(2, 2 * Math.round((pixels * scale) / 2));
  const poster = { width: even(size.width), height: even(size.height) };
  const filter = `[0:v:0]thumbnail=n=${POSTER_CANDIDATES},scale=${poster.width}:${poster.height},format=yuvj420p`;
  // A still picture may have no frame so late.
  for (const seekMs of [durationMs * POSTER_POSITION, 0]) {
    const seek = ["-ss", (seekMs / 1000).toFixed(3)];
    const file = await renderPicture(context, EXTRA_FILENAMES.poster, filter, seek, POSTER_SECONDS);
    if (file === null) continue;
    const about = { kind: "poster", filename: EXTRA_FILENAMES.poster, contentType: "image/jpeg", ...poster };
    return [await describeFile(file, about)];
  }
  return [];
}

async function makeStrip(context: ExtraContext, size: PictureSize, durationMs: number): Promise<MadeOutput[]> {
  const plan = planStrip(size, durationMs);
  const keyFramesAlone = durationMs > EVERY_FRAME_MS ? ["-discard", "nokey", "-skip_frame", "nokey"] : [];
  const file = await renderPicture(context, EXTRA_FILENAMES.strip, stripFilter(plan), keyFramesAlone);
  if (file === null) return [];
  const cues = path.join(context.workFolder, EXTRA_FILENAMES.strip_vtt);
  const strip = await describeFile(file, {
    ...{ kind: "strip", filename: EXTRA_FILENAMES.strip, contentType: "image/jpeg" },
    ...{ width: plan.columns * plan.tile.width, height: plan.rows * plan.tile.height },
  });
  // Beside its own address, whatever that is; with the digest, so that it may be cached.
  await fs.writeFile(cues, stripCues(plan, durationMs, `strip?v=${strip.sha256.slice(0, 8)}`), { mode: 0o640 });
  const about = { kind: "strip_vtt", filename: EXTRA_FILENAMES.strip_vtt, contentType: "text/vtt", durationMs };
  return [strip, await describeFile(cues, about)];
}

/** @returns absolute path of the JPEG; null when there was no frame to make it of */
async function renderPicture(
  { ffmpeg, file: mp4, inputLimits, threads, signal, workFolder }: ExtraContext,
  filename: string,
  filter: string,
  inputOptions: string[],
  maxSeconds = inputLimits.maxDurationSeconds,
): Promise<string | null> {
  const file = path.join(workFolder, filename);
  await fs.rm(file, { force: true });
  const limits = { ...inputLimits, maxDurationSeconds: maxSeconds };
  await ffmpeg.ffmpeg(
    [
      ...[...START, "-filter_threads", String(threads)],
      ...inputArgs({ file: mp4, container: "mp4" }, limits, ["-threads", String(threads), ...inputOptions]),
      ...["-filter_complex", filter, "-frames:v", "1", "-q:v", "5", "-update", "1", "-f", "image2", `file:${file}`],
    ],
    { signal, fileBytes: MAX_PICTURE_BYTES, timeoutMs: TIMEOUT_MS },
  );
  return fs.stat(file).then(
    ({ size }) => (size > 0 ? file : null),
    () => null,
  );
}

async function makeWaveform(
  { ffmpeg, file: mp4, inputLimits, signal, workFolder }: ExtraContext,
  durationMs: number,
): Promise<MadeOutput> {
  const meter = new PeakMeter(durationMs);
  const { format, rate } = WAVEFORM_SAMPLES;
  await ffmpeg.ffmpeg(
    [
      ...START.slice(0, -1),
      ...inputArgs({ file: mp4, container: "mp4" }, inputLimits, ["-discard:v", "all"]),
      ...["-map", "0:a:0", "-vn", "-ac", "1", "-ar", String(rate), "-f", format, "-c:a", `pcm_${format}`, "pipe:1"],
    ],
    { signal, timeoutMs: TIMEOUT_MS, onBytes: (bytes) => meter.write(bytes) },
  );
  const waveform: WaveformFile = { version: 1, durationMs, peaks: meter.finish() };
  const file = path.join(workFolder, EXTRA_FILENAMES.waveform);
  await fs.writeFile(file, JSON.stringify(waveform), { mode: 0o640 });
  const about = { kind: "waveform", filename: EXTRA_FILENAMES.waveform, contentType: "application/json", durationMs };
  return describeFile(file, about);
}
