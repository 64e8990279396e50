/**
 * Sound of cameras that is samples one after the other, and that no transport stream carries: G.711 (ITU-T), linear samples and
 * G.726 as RFC 3551 §4.5 has them. One FFmpeg makes AAC of it.
 */
import { type AacConfig, SAMPLE_RATES } from "@/lib/media/adts";
import type { SdpMedia } from "@/lib/media/rtsp/sdp";
import { TICKS_PER_MS } from "@/lib/media/rtsp/session-clock";

export interface RawSound {
  /** As people are told. */
  name: "g711" | "g726" | "pcm";
  /** What FFmpeg is told of the samples. */
  inputArgs: readonly string[];
  sampleRate: number;
  channels: number;
  /** Of one sample of every channel. */
  bits: number;
  /** A byte that, again and again, is nothing to be heard. */
  silence: number;
  /** What it is encoded to: AAC-LC at its own rate. */
  aac: AacConfig;
}

interface Format extends Pick<RawSound, "name"> {
  args: readonly string[];
  /** Of a sample of one channel. */
  bits: number;
  silence: number;
}

/** By the names of RFC 3551. */
const FORMATS: Readonly<Record<string, Format>> = {
  // The values next to zero (G.711 tables 1 and 2).
  PCMA: { name: "g711", args: ["-f", "alaw"], bits: 8, silence: 0xd5 },
  PCMU: { name: "g711", args: ["-f", "mulaw"], bits: 8, silence: 0xff },
  L16: { name: "pcm", args: ["-f", "s16be"], bits: 16, silence: 0 },
  L8: { name: "pcm", args: ["-f", "u8"], bits: 8, silence: 0x80 },
  // The first sample is in the low bits (RFC 3551 §4.5.4); all bits set are a difference of nothing.
  ...Object.fromEntries(
    [2, 3, 4, 5].map((bits) => [
      `G726-${8 * bits}`,
      { name: "g726" as const, args: ["-f", "g726le", "-code_size", String(bits)], bits, silence: 0xff },
    ]),
  ),
};
const G726_RATE = 8000;
const MAX_CHANNELS = 2;

/** @returns null: it is something else, or has a rate that AAC has not */
export function rawSoundOf({
  encoding,
  clockRate,
  channels,
}: Pick<SdpMedia, "encoding" | "clockRate" | "channels">): RawSound | null {
  const format = FORMATS[encoding];
  const frequencyIndex = SAMPLE_RATES.indexOf(clockRate);
  if (format === undefined || frequencyIndex < 0 || !(channels >= 1 && channels <= MAX_CHANNELS)) return null;
  const isG726 = format.name === "g726";
  if (isG726 && (clockRate !== G726_RATE || channels !== 1)) return null;
  return {
    name: format.name,
    inputArgs: [...format.args, ...(isG726 ? [] : ["-ac", String(channels)]), "-ar", String(clockRate)],
    ...{ sampleRate: clockRate, channels, bits: format.bits * channels, silence: format.silence },
    aac: { objectType: 2, frequencyIndex, sampleRate: clockRate, channels },
  };
}

/** Ticks of 90 kHz that a sample lasts. */
export function ticksASample({ sampleRate }: Pick<RawSound, "sampleRate">): number {
  return (1000 * TICKS_PER_MS) / sampleRate;
}

const BITS_A_SAMPLE = 4;
const MAX_BITRATE_BPS = 128_000;

/** Samples on standard input to frames of AAC in ADTS on standard output, each as soon as it can be. */
export function soundEncoderArgs({ inputArgs, sampleRate, channels }: RawSound): string[] {
  const bitrateBps = Math.min(MAX_BITRATE_BPS, BITS_A_SAMPLE * sampleRate * channels);
  return [
    ...["-nostdin", "-hide_banner", "-v", "error"],
    ...["-protocol_whitelist", "pipe", "-probesize", "32", "-analyzeduration", "0", "-threads", "1"],
    ...[...inputArgs, "-i", "pipe:0"],
    ...["-map", "0:a:0", "-c:a", "aac", "-b:a", String(bitrateBps), "-threads", "1"],
    ...["-flush_packets", "1", "-f", "adts", "pipe:1"],
  ];
}
