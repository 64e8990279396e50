/**
 * Writes FLV in the form with FourCCs (enhanced RTMP), which FFmpeg 5.1 does not read, as Matroska, which it does: the same
 * packets with the same times. What comes after is the way of every recorder's file.
 */
import fs from "node:fs/promises";
import { AppError } from "@/lib/domain/errors";
import type { TrackKind } from "@/lib/domain/recording-state";
import { pictureSizeOfAvc, readAacConfig } from "@/lib/media/flv/codec-config";
import { TAG } from "@/lib/media/flv/flv-file";
import { type ScannedTag, scanFlv } from "@/lib/media/flv/flv-scanner";
import { type AudioHead, readAudioHead, readVideoHead, type VideoHead } from "@/lib/media/flv/media-packet";
import { matroskaPacketHead, matroskaTracksHead, type WrittenTrack } from "@/lib/media/matroska-writer";
import { openFileSource } from "@/lib/server/storage/file-source";
import type { TrackFile } from "@/worker/compile/find-tracks";

/** Codec ids of Matroska; what is not among them is left out. */
const CODEC_IDS: Readonly<Partial<Record<VideoHead["codec"] | AudioHead["codec"], string>>> = {
  ...{ h264: "V_MPEG4/ISO/AVC", hevc: "V_MPEGH/ISO/HEVC", av1: "V_AV1", vp9: "V_VP9", vp8: "V_VP8" },
  ...{ aac: "A_AAC", opus: "A_OPUS", mp3: "A_MPEG/L3" },
};
/** Codecs whose configuration is none of Matroska's business. */
const WITHOUT_PRIVATE: readonly string[] = ["vp9", "vp8"];
const TRACK_NUMBERS = { video: 1, audio: 2 } as const;
/** Encoders say what they send before they send it. */
const LOOKED_AT_TAGS = 200;
const WRITE_BYTES = 1024 ** 2;
/** OpusHead: where the number of channels stands (RFC 7845 §5.1). Opus is always decoded at 48 kHz. */
const OPUS_CHANNELS_AT = 9;
const OPUS_RATE = 48_000;

type Head = { kind: "video"; head: VideoHead } | { kind: "audio"; head: AudioHead };

/** Whether FFmpeg cannot read it as it is. */
export async function needsRewriting({ file }: TrackFile): Promise<boolean> {
  const source = await openFileSource(file);
  try {
    let tags = 0;
    for await (const tag of scanFlv(source)) {
      if (headOf(tag)?.head.isEnhanced === true) return true;
      tags += 1;
      if (tags === LOOKED_AT_TAGS) break;
    }
    return false;
  } finally {
    await source.close();
  }
}

/**
 * @param out absolute path of the file to be made
 * @returns its size in bytes
 * @throws {AppError} unprocessable when it holds nothing that can be written
 */
export async function rewriteFlv(track: TrackFile, out: string, signal: AbortSignal): Promise<number> {
  const scanned = await openFileSource(track.file);
  // One source to scan and another to copy from: each keeps the piece it is reading.
  const copied = await openFileSource(track.file);
  const handle = await fs.open(out, "wx", 0o640);
  let sizeBytes = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const flush = async () => {
    signal.throwIfAborted();
    await handle.appendFile(Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  };
  const write = async (...parts: Uint8Array[]) => {
    for (const part of parts) {
      pending.push(part);
      pendingBytes += part.length;
      sizeBytes += part.length;
    }
    if (pendingBytes >= WRITE_BYTES) await flush();
  };
  try {
    const tracks = await findTracks(track);
    await write(matroskaTracksHead(tracks.map(({ written }) => written)));
    let hasKeyframe = false;
    for await (const tag of scanFlv(scanned)) {
      const found = headOf(tag);
      if (found?.head.kind !== "frames") continue;
      const { kind, head } = found;
      if (!tracks.some((each) => each.codec === head.codec)) continue;
      const isKeyframe = found.kind === "audio" || found.head.isKeyframe;
      // After damage pictures refer to what is not there.
      if (tag.isAfterDamage) hasKeyframe = false;
      hasKeyframe ||= kind === "video" && isKeyframe;
      const at = tag.bodyBytes + head.bodyAt;
      if ((kind === "video" && !hasKeyframe) || tag.endBytes <= at) continue;
      const shownAtMs = tag.timestampMs + (found.kind === "video" ? found.head.compositionMs : 0);
      const payload = Uint8Array.from(await copied.read(at, tag.endBytes - at));
      const about = { track: TRACK_NUMBERS[kind], isKeyframe };
      await write(matroskaPacketHead(about, Math.max(0, shownAtMs), payload.length), payload);
    }
    await flush();
    return sizeBytes;
  } finally {
    await handle.close();
    await copied.close();
    await scanned.close();
  }
}

interface FoundTrack {
  codec: string;
  written: WrittenTrack;
}

/** The first picture and the first sound in it that can be written, with what configures their decoders. */
async function findTracks({ file, filename }: TrackFile): Promise<FoundTrack[]> {
  const source = await openFileSource(file);
  const codecs: Partial<Record<TrackKind, string>> = {};
  const configs: Partial<Record<TrackKind, Buffer>> = {};
  try {
    for await (const tag of scanFlv(source)) {
      const found = headOf(tag);
      if (found === null || !(found.head.codec in CODEC_IDS)) continue;
      const { kind, head } = found;
      if (head.kind === "frames") codecs[kind] ??= head.codec;
      else if (head.kind === "config" && configs[kind] === undefined) {
        const at = tag.bodyBytes + head.bodyAt;
        configs[kind] = Buffer.from(await source.read(at, tag.endBytes - at));
      }
    }
  } finally {
    await source.close();
  }
  const tracks = (["video", "audio"] as const).flatMap((kind): FoundTrack[] => {
    const codec = codecs[kind];
    return codec === undefined ? [] : [{ codec, written: describe(kind, codec, configs[kind] ?? null) }];
  });
  if (tracks.length > 0) return tracks;
  throw new AppError("unprocessable", "damaged", "The recording is damaged beyond repair.", { detail: filename });
}

function describe(kind: TrackKind, codec: string, config: Buffer | null): WrittenTrack {
  const codecPrivate = config === null || WITHOUT_PRIVATE.includes(codec) ? null : config;
  const about = {
    number: TRACK_NUMBERS[kind],
    codecId: CODEC_IDS[codec as keyof typeof CODEC_IDS] ?? "",
    codecPrivate,
  };
  if (kind === "video")
    return { ...about, picture: codec === "h264" && config !== null ? pictureSizeOfAvc(config) : null };
  if (codec === "opus")
    return { ...about, sound: { sampleRate: OPUS_RATE, channels: config?.[OPUS_CHANNELS_AT] ?? 2 } };
  const { sampleRate = OPUS_RATE, channels = 2 } = (codec === "aac" && config !== null && readAacConfig(config)) || {};
  return { ...about, sound: { sampleRate, channels: channels || 2 } };
}

function headOf({ type, start }: Pick<ScannedTag, "type" | "start">): Head | null {
  if (type === TAG.video) {
    const head = readVideoHead(start);
    return head === null ? null : { kind: "video", head };
  }
  const head = type === TAG.audio ? readAudioHead(start) : null;
  return head === null ? null : { kind: "audio", head };
}
