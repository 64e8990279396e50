/**
 * The arguments with which FFmpeg encodes the pictures of a stream while they come: Matroska with the time of each on
 * standard input, and a file on standard output that can be read up to wherever it is cut off.
 */
import type { StreamCodec, StreamPreset, StreamSettings } from "@/lib/domain/mjpeg-settings";
import { outputSize, type PictureSize } from "@/lib/media/picture-size";

/** Whoever seeks waits for this much to be decoded at most. */
const KEY_FRAME_SECONDS = 2;
/** A fragment, and what a kill costs at most. */
const FRAGMENT_MS = 1000;
const TIMESCALE = 90_000;
/** Speeds of libvpx that take about as long. */
const VP8_SPEEDS: Readonly<Record<StreamPreset, number>> = {
  ultrafast: 12,
  superfast: 10,
  veryfast: 8,
  faster: 6,
  fast: 5,
  medium: 4,
  slow: 2,
};
/** VP8 has no quality without an upper rate; this is far above what it needs. */
const VP8_OPEN_BITRATE_BPS = 50_000_000;

/** MIME type of the track that comes out. */
export const STREAM_TRACK_TYPES: Readonly<Record<StreamCodec, string>> = {
  h264: "video/mp4;codecs=avc1",
  hevc: "video/mp4;codecs=hvc1",
  vp8: "video/webm;codecs=vp8",
};

/**
 * @param size of the first picture; later ones of another size are fitted into it
 * @param maxPixels largest picture that is decoded
 */
export function streamEncodeArgs(settings: StreamSettings, size: PictureSize, maxPixels: number): string[] {
  const { width, height } = outputSize(size, 0);
  const filters = [
    // JPEGs are in full range and in the colours of BT.601; video is in limited range, and players take BT.709 for granted.
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:in_range=pc:in_color_matrix=bt601:out_range=tv:out_color_matrix=bt709`,
    `pad=${width}:${height}:-1:-1:color=black`,
    "setsar=1",
    "format=yuv420p",
  ];
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-filter_threads", "1"],
    // The size is in the header: looking ahead would only hold pictures back.
    ...["-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0"],
    ...["-f", "matroska", "-format_whitelist", "matroska", "-codec_whitelist", "mjpeg"],
    ...["-protocol_whitelist", "pipe", "-max_pixels", String(maxPixels), "-i", "pipe:0"],
    ...["-map", "0:v:0", "-map_metadata", "-1", "-vf", filters.join(",")],
    ...["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"],
    ...codecArgs(settings),
    // Pictures keep their times; none is repeated or left out for a constant rate.
    ...["-threads", "1", "-fps_mode", "vfr", "-enc_time_base", `1:${TIMESCALE}`],
    ...["-force_key_frames", `expr:gte(t,n_forced*${KEY_FRAME_SECONDS})`, "-g", "9999", "-flush_packets", "1"],
    ...containerArgs(settings.codec),
    "pipe:1",
  ];
}

/** One thread and nothing ahead: a picture leaves the encoder before the next one comes. */
function codecArgs({ codec, preset, crf, bitrateBps }: StreamSettings): string[] {
  const limit = bitrateBps === 0 ? [] : ["-maxrate", String(bitrateBps), "-bufsize", String(2 * bitrateBps)];
  const quality = ["-crf", String(crf), ...limit];
  switch (codec) {
    case "h264":
      return [
        ...["-c:v", "libx264", "-preset", preset, ...quality],
        ...["-x264-params", "fps=30:rc-lookahead=0:sync-lookahead=0:bframes=0"],
      ];
    case "hevc":
      return [
        ...["-c:v", "libx265", "-preset", preset, ...quality, "-tag:v", "hvc1"],
        ...["-x265-params", "log-level=error:rc-lookahead=1:bframes=0:frame-threads=1:lookahead-slices=0:pools=1"],
      ];
    case "vp8":
      return [
        ...["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", String(VP8_SPEEDS[preset])],
        ...["-crf", String(crf), "-b:v", String(bitrateBps || VP8_OPEN_BITRATE_BPS), "-lag-in-frames", "0"],
      ];
  }
}

function containerArgs(codec: StreamCodec): string[] {
  // FFmpeg puts no VP8 into MP4.
  if (codec === "vp8") return ["-f", "webm", "-cluster_time_limit", String(FRAGMENT_MS)];
  return [
    ...["-video_track_timescale", String(TIMESCALE), "-frag_duration", String(FRAGMENT_MS * 1000)],
    ...["-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4"],
  ];
}
