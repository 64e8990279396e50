/** What an encoder of enhanced RTMP would send, made of a Matroska file of FFmpeg's: no encoder to be had here sends it. */
import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { memorySource } from "@/lib/media/byte-source";
import { scanMatroska } from "@/lib/media/matroska-scanner";
import type { RtmpClient } from "@/tests/support/rtmp-client";

const FOURCC: Readonly<Record<string, string>> = {
  "V_MPEGH/ISO/HEVC": "hvc1",
  V_AV1: "av01",
  V_VP9: "vp09",
  A_OPUS: "Opus",
  A_AAC: "mp4a",
};
/** Packet types of the enhanced form: sequence start, coded frames without a composition time, and with one. */
const SEQUENCE_START = 0;
const CODED_FRAMES = 1;
const CODED_FRAMES_X = 3;
const ENHANCED_VIDEO = 0x80;
const KEY = 1 << 4;
const INTER = 2 << 4;
const ENHANCED_AUDIO = 9 << 4;

export interface EnhancedMessage {
  type: "video" | "audio";
  timestampMs: number;
  body: Buffer;
}

/** A picture and a tone; a key frame each second, in decoding order as shown. @returns what is to be sent, in order */
export async function makeEnhanced(
  file: string,
  encoders: readonly string[],
  seconds: number,
): Promise<EnhancedMessage[]> {
  await execa("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=s=320x180:r=15:d=${seconds}`],
    ...["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
    ...["-pix_fmt", "yuv420p", "-g", "15", ...encoders, "-f", "matroska", file],
  ]);
  const bytes = await readFile(file);
  const messages: EnhancedMessage[] = [];
  let fourccs = new Map<number, { type: "video" | "audio"; fourcc: string }>();
  for await (const item of scanMatroska(memorySource(bytes))) {
    if (item.type === "head") {
      fourccs = new Map(
        item.tracks.map(({ number, kind, codecId }) => [
          number,
          { type: kind as "video" | "audio", fourcc: FOURCC[codecId] as string },
        ]),
      );
      for (const { number, codecPrivate } of item.tracks) {
        const { type, fourcc } = fourccs.get(number) as { type: "video" | "audio"; fourcc: string };
        if (codecPrivate === null) continue;
        const first = type === "video" ? ENHANCED_VIDEO | KEY | SEQUENCE_START : ENHANCED_AUDIO | SEQUENCE_START;
        messages.push({ type, timestampMs: 0, body: Buffer.concat([head(first, fourcc), codecPrivate]) });
      }
    } else if (item.type === "block") {
      const { type, fourcc } = fourccs.get(item.trackNumber) as { type: "video" | "audio"; fourcc: string };
      const payload = bytes.subarray(item.payload.from, item.payload.to);
      const frame = ENHANCED_VIDEO | (item.keyframe ? KEY : INTER);
      // HEVC in both forms, in turn: with a composition time of 0, and without one.
      const isWithTime = fourcc === "hvc1" && messages.length % 2 === 0;
      const packetType = fourcc !== "hvc1" || isWithTime ? CODED_FRAMES : CODED_FRAMES_X;
      const first = type === "video" ? frame | packetType : ENHANCED_AUDIO | CODED_FRAMES;
      const time = isWithTime ? Buffer.alloc(3) : Buffer.alloc(0);
      const body = Buffer.concat([head(first, fourcc), time, payload]);
      messages.push({ type, timestampMs: Math.round(item.timestampMs), body });
    }
  }
  return messages.sort((a, b) => a.timestampMs - b.timestampMs);
}

export function sendAll(client: RtmpClient, messages: readonly EnhancedMessage[]): void {
  for (const { type, timestampMs, body } of messages) client.sendMedia(type, timestampMs, body);
}

function head(first: number, fourcc: string): Buffer {
  return Buffer.concat([Buffer.from([first]), Buffer.from(fourcc, "latin1")]);
}
