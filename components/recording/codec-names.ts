/** Names of codecs, containers and sources as people write them. */
import type { RecordingResource } from "@/lib/protocol/recordings";

const CODECS: Readonly<Record<string, string>> = {
  h264: "H.264",
  avc1: "H.264",
  hevc: "H.265",
  h265: "H.265",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
  aac: "AAC",
  opus: "Opus",
  pcm: "PCM",
  g711: "G.711",
  g726: "G.726",
};

/** @param codec as FFmpeg or a MIME type has it */
export function codecName(codec: string): string {
  return CODECS[codec.toLowerCase().split(".")[0] as string] ?? codec;
}

const SOURCES: Record<RecordingResource["source"], string> = {
  browser: "Browser",
  camera: "Camera",
  mjpeg: "MJPEG stream",
  rtmp: "Encoder (RTMP)",
  snapshots: "Snapshots",
};

export function sourceName(source: RecordingResource["source"]): string {
  return SOURCES[source];
}

/** `video/x-matroska;codecs=avc1` → `Matroska, H.264`. @param mimeType as MediaRecorder gave it */
export function mimeTypeName(mimeType: string): string {
  const [type = "", parameters = ""] = mimeType.split(";", 2);
  const container = type.split("/")[1] ?? type;
  const names: Readonly<Record<string, string>> = { webm: "WebM", "x-matroska": "Matroska", mp4: "MP4" };
  const codecs = /codecs="?([^"]+)"?/.exec(parameters)?.[1]?.split(",") ?? [];
  return [names[container] ?? container, ...codecs.map((codec) => codecName(codec.trim()))].join(", ");
}
