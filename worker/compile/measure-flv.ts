/** Measures an FLV file by its tags: when pictures and sound play, and what configures their decoders. */
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { pictureSizeOfAvc } from "@/lib/media/flv/codec-config";
import { TAG } from "@/lib/media/flv/flv-file";
import { scanFlv } from "@/lib/media/flv/flv-scanner";
import { readAudioHead, readVideoHead } from "@/lib/media/flv/media-packet";
import type { Measurement } from "@/lib/media/measure-matroska";
import type { PictureSize } from "@/lib/media/picture-size";
import { TrackTimeline } from "@/lib/media/track-timeline";
import { openFileSource } from "@/lib/server/storage/file-source";
import type { TrackFile } from "@/worker/compile/find-tracks";

export interface FlvFacts {
  /** The decoders' configurations, each once. */
  configs: Readonly<Record<TrackKind, Buffer[]>>;
  /** What they say of the picture's size; left out: they do not say. */
  sizes?: PictureSize[];
  /** In the form with FourCCs, which FFmpeg 5.1 does not read. */
  isEnhanced: boolean;
  /** Bytes between the tags that are none. */
  isDamaged: boolean;
}

/** A configuration is some tens of bytes. */
const MAX_CONFIG_BYTES = 64 * 1024;
const MAX_CONFIGS = 8;

/**
 * @param reorderMs how far timestamps may go back because pictures are stored in decoding order
 * @throws {AppError} unprocessable when nothing in it can be read
 */
export async function measureFlv(
  track: TrackFile,
  reorderMs: number,
): Promise<{ reports: Measurement["reports"]; flv: FlvFacts }> {
  const source = await openFileSource(track.file);
  const timelines = {
    video: new TrackTimeline({ kind: "video", sizeBytes: track.sizeBytes, reorderMs }),
    audio: new TrackTimeline({ kind: "audio", sizeBytes: track.sizeBytes }),
  };
  const configs: Record<TrackKind, Buffer[]> = { video: [], audio: [] };
  let isEnhanced = false;
  let isDamaged = false;
  try {
    for await (const tag of scanFlv(source)) {
      if (tag.type === TAG.script) continue;
      if (tag.isAfterDamage) {
        isDamaged = true;
        for (const timeline of Object.values(timelines)) timeline.noteDamage();
      }
      const kind = tag.type === TAG.video ? "video" : "audio";
      const video = kind === "video" ? readVideoHead(tag.start) : null;
      const head = video ?? (kind === "audio" ? readAudioHead(tag.start) : null);
      if (head === null || head.kind === "other") continue;
      isEnhanced ||= head.isEnhanced;
      const at = tag.bodyBytes + head.bodyAt;
      if (head.kind === "config") {
        const length = Math.min(MAX_CONFIG_BYTES, tag.endBytes - at);
        addConfig(configs[kind], Buffer.from(await source.read(at, length)));
      } else if (tag.endBytes > at) {
        timelines[kind].take({
          timestampMs: tag.timestampMs + (video?.compositionMs ?? 0),
          keyframe: video?.isKeyframe ?? true,
          startBytes: tag.startBytes,
          endBytes: tag.endBytes,
          // Each tag has a time of its own.
          clusterStartBytes: tag.startBytes,
        });
      }
    }
  } finally {
    await source.close();
  }
  const reports: Measurement["reports"] = {};
  for (const kind of TRACK_KINDS) {
    const report = timelines[kind].finish();
    if (report !== null) reports[kind] = report;
  }
  if (Object.keys(reports).length === 0) {
    throw new AppError("unprocessable", "damaged", "The recording is damaged beyond repair.", {
      detail: track.filename,
    });
  }
  return { reports, flv: { configs, isEnhanced, isDamaged, ...sizesOf(configs.video) } };
}

function addConfig(known: Buffer[], config: Buffer): void {
  if (known.length < MAX_CONFIGS && !known.some((each) => each.equals(config))) known.push(config);
}

function sizesOf(configs: readonly Buffer[]): { sizes: PictureSize[] } | Record<string, never> {
  const sizes = configs.map(pictureSizeOfAvc);
  if (sizes.length === 0 || sizes.includes(null)) return {};
  const each = new Map((sizes as PictureSize[]).map((size) => [`${size.width}x${size.height}`, size]));
  return { sizes: [...each.values()] };
}
