/**
 * What an audio or video message of RTMP, which is the body of an FLV tag, says of itself in its first bytes: the form of
 * "Video File Format Specification 10.1" (Adobe, annex E.4) and the enhanced one with FourCCs ("Enhanced RTMP", Veovera).
 */

export type VideoCodec = "h264" | "hevc" | "av1" | "vp9" | "vp8" | "other";
export type AudioCodec = "aac" | "mp3" | "opus" | "flac" | "ac3" | "eac3" | "other";

export interface PacketHead<Codec> {
  codec: Codec;
  /** `config`: what a decoder needs first; `frames`: media; `other`: end of sequence, metadata, and what is unknown. */
  kind: "config" | "frames" | "other";
  /** Where the codec's own bytes begin. */
  bodyAt: number;
}

export interface VideoHead extends PacketHead<VideoCodec> {
  isKeyframe: boolean;
  /** How much later it is shown than decoded, milliseconds. */
  compositionMs: number;
  isEnhanced: boolean;
}

export interface AudioHead extends PacketHead<AudioCodec> {
  isEnhanced: boolean;
}

/** As many bytes as the heads below look at. */
export const PACKET_HEAD_BYTES = 8;

const KEY_FRAME = 1;
const COMMAND_FRAME = 5;
const VIDEO_BY_ID: Readonly<Record<number, VideoCodec>> = { 7: "h264", 12: "hevc", 13: "av1", 14: "vp8", 15: "vp9" };
const VIDEO_BY_FOURCC: Readonly<Record<string, VideoCodec>> = {
  ...{ avc1: "h264", hvc1: "hevc", av01: "av1", vp09: "vp9", vp08: "vp8" },
};
const AUDIO_BY_ID: Readonly<Record<number, AudioCodec>> = { 2: "mp3", 10: "aac", 14: "mp3" };
const AUDIO_BY_FOURCC: Readonly<Record<string, AudioCodec>> = {
  ...{ mp4a: "aac", Opus: "opus", fLaC: "flac", "ac-3": "ac3", "ec-3": "eac3", ".mp3": "mp3" },
};
const ENHANCED_AUDIO = 9;

/** @param start of the body; @returns null when there are too few bytes */
export function readVideoHead(start: Buffer): VideoHead | null {
  const first = start[0];
  if (first === undefined) return null;
  if ((first & 0x80) !== 0) return readEnhancedVideo(start, first);
  const frameType = first >> 4;
  const codec = VIDEO_BY_ID[first & 15] ?? "other";
  const isKeyframe = frameType === KEY_FRAME;
  const about = { codec, isKeyframe, isEnhanced: false, compositionMs: 0 };
  if (frameType === COMMAND_FRAME) return { ...about, kind: "other", bodyAt: 1 };
  if (codec === "other") return { ...about, kind: "frames", bodyAt: 1 };
  if (start.length < 5) return null;
  const kind = (["config", "frames"] as const)[start[1] as number] ?? "other";
  return { ...about, kind, compositionMs: start.readIntBE(2, 3), bodyAt: 5 };
}

function readEnhancedVideo(start: Buffer, first: number): VideoHead | null {
  if (start.length < 5) return null;
  const frameType = (first >> 4) & 7;
  const packetType = first & 15;
  const codec = VIDEO_BY_FOURCC[start.toString("latin1", 1, 5)] ?? "other";
  const about = { codec, isKeyframe: frameType === KEY_FRAME, isEnhanced: true, compositionMs: 0 };
  if (packetType === 0) return { ...about, kind: "config", bodyAt: 5 };
  // Packet type 1 carries a composition time for the codecs that reorder, 3 says that it is 0.
  if (packetType === 1 && (codec === "h264" || codec === "hevc")) {
    if (start.length < 8) return null;
    return { ...about, kind: "frames", compositionMs: start.readIntBE(5, 3), bodyAt: 8 };
  }
  return { ...about, kind: packetType === 1 || packetType === 3 ? "frames" : "other", bodyAt: 5 };
}

/** @param start of the body; @returns null when there are too few bytes */
export function readAudioHead(start: Buffer): AudioHead | null {
  const first = start[0];
  if (first === undefined) return null;
  const format = first >> 4;
  if (format === ENHANCED_AUDIO) {
    if (start.length < 5) return null;
    const codec = AUDIO_BY_FOURCC[start.toString("latin1", 1, 5)] ?? "other";
    const kind = (["config", "frames"] as const)[first & 15] ?? "other";
    return { codec, kind, bodyAt: 5, isEnhanced: true };
  }
  const codec = AUDIO_BY_ID[format] ?? "other";
  if (codec !== "aac") return { codec, kind: "frames", bodyAt: 1, isEnhanced: false };
  if (start.length < 2) return null;
  const kind = (["config", "frames"] as const)[start[1] as number] ?? "other";
  return { codec, kind, bodyAt: 2, isEnhanced: false };
}
