/** Words and numbers of streams. */
import { formatBytes } from "@/components/format/bytes";
import type { RelayResource } from "@/lib/protocol/relays";
import type { StreamResource } from "@/lib/protocol/streams";

const RECORD_WORDS: Readonly<Record<StreamResource["record"]["state"], string>> = {
  off: "Not recorded",
  waiting: "Waiting for a key frame",
  recording: "Recording",
  failed: "Recording failed",
};

export function recordWords(state: StreamResource["record"]["state"]): string {
  return RECORD_WORDS[state];
}

/** What becomes of pushing a stream on. */
export function relayWords({ state, sentBytes, droppedFrames }: RelayResource): string {
  if (state === "connecting") return "connecting";
  if (state === "waiting") return "not pushed on, tried again soon";
  const dropped = droppedFrames > 0 ? `, ${droppedFrames} pictures left out` : "";
  return `pushed on, ${formatBytes(sentBytes)}${dropped}`;
}

const CODEC_WORDS: Readonly<Record<string, string>> = {
  ...{ h264: "H.264", hevc: "HEVC", av1: "AV1", vp9: "VP9", vp8: "VP8" },
  ...{ aac: "AAC", mp3: "MP3", opus: "Opus", flac: "FLAC", ac3: "AC-3", eac3: "E-AC-3" },
};

/** The codecs of picture and sound, as far as they are known. */
export function codecs({ videoCodec, audioCodec }: Pick<StreamResource, "videoCodec" | "audioCodec">): string[] {
  return [videoCodec, audioCodec].flatMap((codec) => (codec === null ? [] : [CODEC_WORDS[codec] ?? "another codec"]));
}

/** `4.02 Mb/s`, `96 kb/s`. @param bitrateBps bits a second */
export function bitRate(bitrateBps: number): string {
  if (bitrateBps < 1e6) return `${Math.round(bitrateBps / 1000)} kb/s`;
  return `${(bitrateBps / 1e6).toFixed(bitrateBps < 1e7 ? 2 : 1)} Mb/s`;
}
