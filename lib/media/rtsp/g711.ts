/** G.711 (ITU-T), in which many cameras have their sound: 8000 samples a second of a byte each, and no transport stream that carries it. */
import type { AacConfig } from "@/lib/media/rtsp/audio-depacketizer";
import { TICKS_PER_MS } from "@/lib/media/rtsp/session-clock";

export type G711Law = "alaw" | "mulaw";

export const G711_RATE = 8000;
/** Bytes of a sample that is nothing (G.711 tables 1 and 2: the values next to zero). */
export const G711_SILENCE: Readonly<Record<G711Law, number>> = { alaw: 0xd5, mulaw: 0xff };
/** What it is encoded to: AAC-LC at its own rate (ISO 14496-3 table 1.16: index 11 is 8 kHz). */
export const G711_AAC: AacConfig = { objectType: 2, frequencyIndex: 11, sampleRate: G711_RATE, channels: 1 };
/** Ticks of 90 kHz that a sample lasts. */
export const TICKS_A_SAMPLE = (1000 * TICKS_PER_MS) / G711_RATE;

const BITRATE_BPS = 32_000;

/** Samples on standard input to frames of AAC in ADTS on standard output, each as soon as it can be. */
export function g711EncoderArgs(law: G711Law): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-v", "error"],
    ...["-protocol_whitelist", "pipe", "-probesize", "32", "-analyzeduration", "0", "-threads", "1"],
    ...["-f", law, "-ar", String(G711_RATE), "-ac", "1", "-i", "pipe:0"],
    ...["-map", "0:a:0", "-c:a", "aac", "-b:a", String(BITRATE_BPS), "-threads", "1"],
    ...["-flush_packets", "1", "-f", "adts", "pipe:1"],
  ];
}
