/** What ffprobe says of a file, as far as anybody here asks. */
import { z } from "zod";
import { type Colors, namedColors } from "@/lib/media/colors";
import type { PictureSize } from "@/lib/media/picture-size";

/** Options for the output that {@link parseProbe} reads. */
export const PROBE_ARGS = ["-show_streams", "-show_data_hash", "sha256", "-show_format", "-of", "json"];

/** ffprobe writes numbers as text, and leaves out what it does not know. */
const number = z.coerce.number().optional().catch(undefined);

const probe = z.object({
  streams: z.array(
    z.object({
      index: z.int(),
      codec_type: z.string().default(""),
      codec_name: z.string().default(""),
      pix_fmt: z.string().optional(),
      color_space: z.string().optional(),
      color_transfer: z.string().optional(),
      color_primaries: z.string().optional(),
      extradata_hash: z.string().optional(),
      width: number,
      height: number,
      has_b_frames: number,
      start_time: number,
      duration: number,
      nb_read_packets: number,
      side_data_list: z.array(z.object({ rotation: number })).default([]),
    }),
  ),
  format: z.object({ start_time: number, duration: number }).default({}),
});

export interface ProbedStream {
  /** Within the file, over all streams. */
  index: number;
  codec: string;
  /** How much later this stream begins than the file as a whole, milliseconds. */
  startMs: number;
  /** null: not said */
  durationMs: number | null;
  /** Packets, when they were counted. */
  packets: number | null;
}

export interface ProbedVideo extends ProbedStream {
  /** As it is shown: after rotation. */
  size: PictureSize;
  isRotated: boolean;
  pixelFormat: string;
  hasReorderedFrames: boolean;
  colors: Colors;
  /** Digest of the codec's parameters in the container's header; "" when there are none. */
  parameters: string;
}

export interface Probe {
  /** The first stream of its kind; null: none. */
  video: ProbedVideo | null;
  audio: ProbedStream | null;
  streams: number;
  durationMs: number | null;
}

/** @throws {z.ZodError | SyntaxError} when it is not what ffprobe writes */
export function parseProbe(json: string): Probe {
  const { streams, format } = probe.parse(JSON.parse(json));
  const fileStartSeconds = format.start_time ?? 0;
  const stream = (each: (typeof streams)[number]): ProbedStream => ({
    index: each.index,
    codec: each.codec_name,
    startMs: ((each.start_time ?? fileStartSeconds) - fileStartSeconds) * 1000,
    durationMs: each.duration === undefined ? null : each.duration * 1000,
    packets: each.nb_read_packets ?? null,
  });
  const video = streams.find(({ codec_type }) => codec_type === "video");
  const audio = streams.find(({ codec_type }) => codec_type === "audio");
  return {
    video: video === undefined ? null : { ...stream(video), ...picture(video) },
    audio: audio === undefined ? null : stream(audio),
    streams: streams.length,
    durationMs: format.duration === undefined ? null : format.duration * 1000,
  };
}

function picture(stream: z.infer<typeof probe>["streams"][number]) {
  const { width = 0, height = 0 } = stream;
  const rotation = stream.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const isOnItsSide = Math.abs(rotation) % 180 === 90;
  return {
    size: isOnItsSide ? { width: height, height: width } : { width, height },
    isRotated: rotation !== 0,
    pixelFormat: stream.pix_fmt ?? "",
    hasReorderedFrames: (stream.has_b_frames ?? 0) > 0,
    colors: namedColors({
      space: stream.color_space,
      transfer: stream.color_transfer,
      primaries: stream.color_primaries,
    }),
    parameters: stream.extradata_hash ?? "",
  };
}

/** Options for one line a packet, which {@link parsePacketLine} reads. */
export const PACKETS_ARGS = ["-show_entries", "packet=stream_index,pts_time,size,pos,flags", "-of", "compact=p=0"];

export interface ProbedPacket {
  streamIndex: number;
  timestampMs: number;
  keyframe: boolean;
  startBytes: number;
  endBytes: number;
}

/** @returns null when the line is not of a packet with a time and a place */
export function parsePacketLine(line: string): ProbedPacket | null {
  const fields = Object.fromEntries(line.split("|").map((field) => field.split("=", 2)));
  const [streamIndex, seconds, size, position] = ["stream_index", "pts_time", "size", "pos"].map((name) =>
    Number(fields[name]),
  ) as [number, number, number, number];
  if (![streamIndex, seconds, size, position].every(Number.isFinite)) return null;
  return {
    streamIndex,
    timestampMs: seconds * 1000,
    keyframe: String(fields.flags).startsWith("K"),
    startBytes: position,
    endBytes: position + size,
  };
}

/** Options for one line a key frame with its size; key frames alone are decoded. */
export const KEY_FRAME_SIZES_ARGS = [
  ...["-skip_frame", "nokey", "-select_streams", "v:0"],
  ...["-show_entries", "frame=width,height", "-of", "csv=p=0"],
];

/** @returns null when the line holds no size */
export function parseKeyFrameSize(line: string): PictureSize | null {
  const match = /^(\d+),(\d+)/.exec(line);
  return match === null ? null : { width: Number(match[1]), height: Number(match[2]) };
}
