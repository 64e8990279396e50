/**
 * Follows a published stream: its FLV grows, and its packets go into the MP4 as they are, in decoding order, with the
 * times they were sent with. Sound that is missing is replaced by silence, as when it is compiled afterwards.
 */
import type { TrackKind } from "@/lib/domain/recording-state";
import { pictureSizeOfAvc, readAacConfig } from "@/lib/media/flv/codec-config";
import { TAG } from "@/lib/media/flv/flv-file";
import { type ScannedTag, scanFlv } from "@/lib/media/flv/flv-scanner";
import { readAudioHead, readVideoHead } from "@/lib/media/flv/media-packet";
import { codecName, readSps } from "@/lib/media/h264";
import { outputSize } from "@/lib/media/picture-size";
import { type TrackReport, TrackTimeline } from "@/lib/media/track-timeline";
import type { FollowContext } from "@/worker/follow/follow-context";
import { asRefusal, Refusal } from "@/worker/follow/refusal";
import type { Segmenter, SegmenterOptions, VideoFormat } from "@/worker/follow/segmenter";
import { StreamSound } from "@/worker/follow/stream-sound";
import type { TrackTail } from "@/worker/follow/track-tail";

/** What a stream has come to when it is over. */
export interface FollowedStream {
  segmenter: Segmenter;
  reports: Record<TrackKind, TrackReport | null>;
  /** Packets that are to be in the file, silence among them. */
  packets: Record<TrackKind, number>;
  /** When the first picture is decoded, by the file's time. */
  firstDecodedMs: number;
}

export type OpenSegmenter = (options: Omit<SegmenterOptions, "filename" | "onSegment">) => Segmenter;

interface Packet {
  kind: TrackKind;
  timestampMs: number;
  compositionMs: number;
  keyframe: boolean;
  bytes: Buffer;
}

/** As of measuring afterwards: pictures stored in decoding order lie this far back at most. */
const REORDER_MS = 500;
/** Picture and sound begin within this, or one of them is not there; a late one ends the following. */
const BEGINNING_MS = 2000;
const BEGINNING_BYTES = 16 * 1024 ** 2;
/** Encoders in a hurry give two pictures one time; the later one comes a tick of the file later. */
const TICK_MS = 1 / 90;
const MAX_BACK_MS = 100;
const AAC_KINDS = new Set([2, 5, 29]);
const SPS_AT = 8;

/** @returns when the stream is over. @throws {Refusal} when it is to be compiled afterwards */
export async function followStream(
  context: FollowContext,
  tail: TrackTail,
  open: OpenSegmenter,
): Promise<FollowedStream> {
  const stream = new Stream(context.settings.longestSidePx, open);
  try {
    for await (const tag of scanFlv(tail.bytes)) {
      if (tag.isAfterDamage) throw new Refusal("unreadable", `stream at byte ${tag.startBytes}`);
      if (tag.type !== TAG.script) {
        const length = tag.endBytes - tag.bodyBytes;
        const body = Buffer.from((await tail.bytes.read(tag.bodyBytes, length, length)).subarray(0, length));
        await stream.take(tag, body);
      }
      tail.bytes.release(tag.endBytes);
    }
    // A torn tag may be behind the last whole one.
    tail.bytes.release(Number.POSITIVE_INFINITY);
    return await stream.end();
  } catch (error) {
    throw asRefusal(error);
  }
}

class Stream {
  readonly #longestSidePx: number;
  readonly #open: OpenSegmenter;
  readonly #timelines = {
    video: new TrackTimeline({ kind: "video", sizeBytes: Number.POSITIVE_INFINITY, reorderMs: REORDER_MS }),
    audio: new TrackTimeline({ kind: "audio", sizeBytes: Number.POSITIVE_INFINITY }),
  };
  readonly #configs: Record<TrackKind, Buffer | null> = { video: null, audio: null };
  #videoFormat: VideoFormat | null = null;
  /** What came before it was known which of picture and sound there are. */
  #beginning: Packet[] = [];
  #beginningBytes = 0;
  #segmenter: Segmenter | null = null;
  #sound: StreamSound | null = null;
  #pictures = 0;
  #firstDecodedMs = 0;
  #decodedMs = 0;

  constructor(longestSidePx: number, open: OpenSegmenter) {
    this.#longestSidePx = longestSidePx;
    this.#open = open;
  }

  async take(tag: ScannedTag, body: Buffer): Promise<void> {
    const video = tag.type === TAG.video ? readVideoHead(tag.start) : null;
    const head = video ?? (tag.type === TAG.audio ? readAudioHead(tag.start) : null);
    if (head === null || head.kind === "other") return;
    const kind = video === null ? "audio" : "video";
    if (head.codec !== (video === null ? "aac" : "h264") || head.isEnhanced)
      throw new Refusal("parameters", head.codec);
    const bytes = body.subarray(head.bodyAt);
    if (head.kind === "config") this.#configure(kind, bytes);
    if (head.kind === "config" || bytes.length === 0) return;
    const { timestampMs, startBytes, endBytes } = tag;
    const compositionMs = video?.compositionMs ?? 0;
    const keyframe = video?.isKeyframe ?? true;
    const shown = { timestampMs: timestampMs + compositionMs, keyframe, startBytes, endBytes };
    if (!this.#timelines[kind].take({ ...shown, clusterStartBytes: startBytes })) {
      throw new Refusal("unreadable", `${kind} at ${timestampMs} ms`);
    }
    await this.#accept({ kind, timestampMs, compositionMs, keyframe, bytes });
  }

  async end(): Promise<FollowedStream> {
    await this.#begin();
    const segmenter = this.#segmenter;
    if (segmenter === null) throw new Refusal("no_tracks");
    const reports = { video: this.#timelines.video.finish(), audio: this.#timelines.audio.finish() };
    for (const report of Object.values(reports)) {
      if (report !== null && report.leftOut + report.leaps.length > 0) throw new Refusal("unreadable");
    }
    await this.#sound?.end();
    if (segmenter.audio !== null) await segmenter.endAudio();
    if (segmenter.video !== null) await segmenter.endVideo(reports.video?.stepMs ?? 0);
    const packets = { video: this.#pictures, audio: this.#sound?.frames ?? 0 };
    return { segmenter, reports, packets, firstDecodedMs: this.#firstDecodedMs };
  }

  #configure(kind: TrackKind, config: Buffer): void {
    const before = this.#configs[kind];
    if (before?.equals(config)) return;
    if (before !== null) throw new Refusal("parameters", "the parameters change");
    this.#configs[kind] = Buffer.from(config);
    if (kind === "video") this.#videoFormat = pictureFormat(config, this.#longestSidePx);
  }

  async #accept(packet: Packet): Promise<void> {
    if (this.#segmenter !== null) {
      await this.#add(this.#segmenter, packet);
      return;
    }
    this.#beginning.push(packet);
    this.#beginningBytes += packet.bytes.length;
    const kinds = new Set(this.#beginning.map(({ kind }) => kind));
    const lastsMs = packet.timestampMs - (this.#beginning[0]?.timestampMs ?? 0);
    if (kinds.size === 2 || lastsMs > BEGINNING_MS || this.#beginningBytes > BEGINNING_BYTES) await this.#begin();
  }

  /** It is known what there is. */
  async #begin(): Promise<void> {
    if (this.#segmenter !== null || this.#beginning.length === 0) return;
    const packets = this.#beginning;
    this.#beginning = [];
    const first = (kind: TrackKind) => packets.find((packet) => packet.kind === kind)?.timestampMs ?? null;
    const [videoMs, audioMs] = [first("video"), first("audio")];
    const beginsMs = Math.min(videoMs ?? Infinity, audioMs ?? Infinity);
    this.#firstDecodedMs = videoMs ?? 0;
    const segmenter = this.#open({
      hasVideo: videoMs !== null,
      hasAudio: audioMs !== null,
      startTimes: () => ({ videoMs: (videoMs ?? 0) - beginsMs, audioMs: (audioMs ?? 0) - beginsMs }),
      // Packets are copied: what their encoder has put before the sound is part of it.
      primingTicks: 0,
      soundShiftMs: videoMs === null || audioMs === null ? 0 : audioMs - videoMs,
    });
    this.#segmenter = segmenter;
    if (audioMs !== null) this.#sound = new StreamSound(segmenter, soundConfig(this.#configs.audio));
    segmenter.videoFormat = this.#videoFormat;
    for (const packet of packets) await this.#add(segmenter, packet);
  }

  async #add(segmenter: Segmenter, { kind, timestampMs, compositionMs, keyframe, bytes }: Packet): Promise<void> {
    if (segmenter[kind] === null) throw new Refusal("late_track", kind);
    if (kind === "audio") {
      await this.#sound?.add(timestampMs, bytes);
      return;
    }
    if (this.#videoFormat === null) throw new Refusal("unreadable", "a picture without parameters");
    if (compositionMs < 0) throw new Refusal("parameters", "pictures that are shown before they are decoded");
    const isLate = this.#pictures > 0 && timestampMs <= this.#decodedMs;
    if (isLate && timestampMs < this.#decodedMs - MAX_BACK_MS) throw new Refusal("unreadable", "pictures go back");
    this.#decodedMs = isLate ? this.#decodedMs + TICK_MS : timestampMs;
    this.#pictures += 1;
    const shownLaterMs = Math.max(0, timestampMs + compositionMs - this.#decodedMs);
    await segmenter.addVideo({ timestampMs: this.#decodedMs, compositionMs: shownLaterMs, keyframe, bytes });
  }
}

/** @param config AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3) */
function pictureFormat(config: Buffer, longestSidePx: number): VideoFormat {
  const size = pictureSizeOfAvc(config);
  const sps = size === null ? null : readSps(config.subarray(SPS_AT, SPS_AT + config.readUInt16BE(SPS_AT - 2)));
  if (size === null || sps === null) throw new Refusal("parameters", "they cannot be read");
  const { width, height } = outputSize(size, longestSidePx);
  if (!sps.isPlain || width !== size.width || height !== size.height) {
    throw new Refusal("parameters", `${size.width}x${size.height}, profile ${sps.profile}`);
  }
  return { codec: codecName(sps), configuration: config.toString("base64"), width, height };
}

function soundConfig(config: Buffer | null): Buffer {
  const facts = config === null ? null : readAacConfig(config);
  if (config === null || facts === null || !AAC_KINDS.has(facts.objectType) || facts.channels === 0) {
    throw new Refusal("parameters", "sound of another kind");
  }
  return config;
}
