/**
 * What FFmpeg is told so that it makes H.264 of pictures that come in another codec: the description of one stream, as it is
 * served to it on this machine, and its arguments.
 */
import type { SdpMedia } from "@/lib/media/rtsp/sdp";

/** Whoever seeks waits for this much to be decoded at most; segments begin at key frames. */
const KEY_FRAME_SECONDS = 2;
/** Looked ahead until the size of the picture is known; a whole picture has to fit. */
const PROBE_BYTES = 5_000_000;
const PROBE_US = 2_000_000;
/** Lines of a description that say how packets are read; addresses and ways to control the stream are not among them. */
const FORMAT_LINE = /^a=(rtpmap|fmtp|framesize|x-dimensions|cliprect):/i;
/** Video codecs that come in RTP, by the names that RFC 3551, 6416, 2435, 4629, 7741, 9628 and 4587 give them. */
const CODECS: ReadonlySet<string> = new Set([
  "JPEG",
  "MP4V-ES",
  "H263",
  "H263-1998",
  "H263-2000",
  "VP8",
  "VP9",
  "H261",
  "MPV",
  "THEORA",
]);

export function canBeTranscoded({ kind, encoding }: SdpMedia): boolean {
  return kind === "video" && CODECS.has(encoding);
}

/** A session description (RFC 8866) of one stream on this machine. */
export function describeStream({ kind, payloadType, section }: SdpMedia): string {
  return [
    ...["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"],
    `m=${kind} 0 RTP/AVP ${payloadType}`,
    ...section.split(/\r?\n/).filter((line) => FORMAT_LINE.test(line)),
    ...["a=control:0", ""],
  ].join("\r\n");
}

/**
 * H.264 in FLV on standard output. Times are those of the packets, counted from the first that is sent, in milliseconds.
 *
 * @param url where the stream is served
 * @param maxPixels largest picture that is decoded
 */
export function transcodeArgs(url: string, maxPixels: number): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-filter_threads", "1"],
    ...["-probesize", String(PROBE_BYTES), "-analyzeduration", String(PROBE_US), "-fpsprobesize", "0"],
    ...["-protocol_whitelist", "tcp", "-rtsp_transport", "tcp", "-max_pixels", String(maxPixels)],
    ...["-copyts", "-f", "rtsp", "-i", url, "-map", "0:v:0", "-map_metadata", "-1"],
    ...["-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_range=tv:out_color_matrix=bt709,setsar=1,format=yuv420p"],
    ...["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"],
    ...["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-crf", "23", "-threads", "1"],
    // Pictures keep their times; none is repeated or left out for a constant rate.
    ...[
      "-fps_mode",
      "passthrough",
      "-force_key_frames",
      `expr:isnan(prev_forced_t)+gte(t,prev_forced_t+${KEY_FRAME_SECONDS})`,
      "-g",
      "9999",
    ],
    ...["-avoid_negative_ts", "disabled", "-flush_packets", "1"],
    ...["-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1"],
  ];
}
