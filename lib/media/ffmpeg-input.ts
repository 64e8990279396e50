/**
 * How FFmpeg and ffprobe are told to open a file that somebody sent: the demuxer is named, and nothing but the few
 * formats, codecs and protocols that recorders use is allowed. A playlist or concat script that calls itself a recording
 * is then refused, not followed; with the protocols limited alone, FFmpeg 5.1 read the files such a script named.
 */
import type { Container } from "@/lib/media/container";

/** Demuxer and format whitelist by container. */
const FORMAT: Readonly<Record<Container, string>> = { matroska: "matroska", mp4: "mov", flv: "flv" };

/** Decoders: what MediaRecorder of Chromium, Firefox and Safari can write, and encoders publish. */
const CODECS = "h264,hevc,vp8,vp9,libdav1d,libaom-av1,av1,opus,libopus,aac,mp3float,mp3,pcm_f32le,pcm_s16le";

export interface InputLimits {
  maxPixels: number;
  /** Longest media time that is read, in seconds. */
  maxDurationSeconds: number;
}

/** A file to be read. */
export interface InputFile {
  /** Absolute path. */
  file: string;
  container: Container;
}

/** Options of ffprobe, up to and with the file. */
export function probeInputArgs({ file, container }: InputFile, { maxPixels }: InputLimits): string[] {
  return [
    ...["-f", FORMAT[container], "-format_whitelist", FORMAT[container], "-codec_whitelist", CODECS],
    ...["-protocol_whitelist", "file", "-max_pixels", String(maxPixels), "-i", `file:${file}`],
  ];
}

/** Options of an input that FFmpeg reads from its standard input while it is recorded: it begins at once. */
export function pipeInputArgs(
  container: Container,
  { maxPixels, maxDurationSeconds }: InputLimits,
  more: string[] = [],
): string[] {
  return [
    ...["-f", FORMAT[container], "-format_whitelist", FORMAT[container], "-codec_whitelist", CODECS],
    ...["-protocol_whitelist", "pipe", "-max_pixels", String(maxPixels), "-t", String(maxDurationSeconds)],
    ...["-probesize", "65536", "-analyzeduration", "500000"],
    ...more,
    ...["-i", "pipe:0"],
  ];
}

/** Options of one input of FFmpeg, up to and with the file. */
export function inputArgs(
  { file, container }: InputFile,
  { maxPixels, maxDurationSeconds }: InputLimits,
  more: string[] = [],
): string[] {
  return [
    ...["-f", FORMAT[container], "-format_whitelist", FORMAT[container], "-codec_whitelist", CODECS],
    ...["-protocol_whitelist", "file", "-max_pixels", String(maxPixels), "-t", String(maxDurationSeconds)],
    ...more,
    ...["-i", `file:${file}`],
  ];
}
