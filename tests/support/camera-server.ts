/** Real RTSP servers for tests: GStreamer's gst-rtsp-server, serving files that FFmpeg makes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { type RunningProgram, run } from "@/tests/support/processes";

/** Debian's own: the bindings of GStreamer belong to it, and not to a Python that comes first on the PATH. */
const PYTHON = "/usr/bin/python3";

export interface CameraFile {
  video: "h264" | "h265" | "jpeg" | "mpeg4";
  /** B pictures between two others. */
  reordered?: number;
  audio?: "aac" | "opus" | "alaw" | "mulaw" | "l16";
  /** Sound is only in every second second: from 1 to 2, from 3 to 4. */
  beeps?: boolean;
  seconds: number;
  /** `192x108` when it is left out, in blocks of eight for JPEG. */
  size?: string;
}

const PARSERS = {
  ...{ h264: "h264parse", h265: "h265parse", jpeg: "jpegparse" },
  mpeg4: "mpeg4videoparse config-interval=1",
} as const;
const PAYLOADERS = {
  h264: "rtph264pay name=pay0 pt=96",
  h265: "rtph265pay name=pay0 pt=96",
  jpeg: "rtpjpegpay name=pay0 pt=26",
  mpeg4: "rtpmp4vpay name=pay0 pt=96",
  aac: "aacparse ! rtpmp4gpay name=pay1 pt=97",
  opus: "opusparse ! rtpopuspay name=pay1 pt=97",
  alaw: "rtppcmapay name=pay1 pt=8",
  mulaw: "rtppcmupay name=pay1 pt=0",
  l16: "audioconvert ! rtpL16pay name=pay1 pt=97",
} as const;

const SOUND_ENCODERS = {
  aac: ["-c:a", "aac", "-b:a", "64k"],
  opus: ["-c:a", "libopus", "-b:a", "64k"],
  alaw: ["-c:a", "pcm_alaw", "-ar", "8000"],
  mulaw: ["-c:a", "pcm_mulaw", "-ar", "8000"],
  l16: ["-c:a", "pcm_s16le", "-ar", "16000"],
} as const;

export interface CameraServer extends RunningProgram {
  port: number;
  /** Path of the file that a camera plays. */
  file(name: string): string;
  dispose(): Promise<void>;
}

/**
 * @param cameras by name, which is their path as well; each connection sees its file from the beginning
 * @param options whom it lets in, and `udp` that it sends datagrams alone
 */
export async function startCameraServer(
  cameras: Record<string, CameraFile>,
  options: { digest?: [string, string]; basic?: [string, string]; udp?: boolean } = {},
): Promise<CameraServer> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-cameras-"));
  const file = (name: string) => path.join(folder, `${name}.mkv`);
  const mounts: Record<string, string> = {};
  for (const [name, camera] of Object.entries(cameras)) {
    await makeFile(file(name), camera);
    mounts[`/${name}`] = launchLine(file(name), camera);
  }
  const program = run(PYTHON, ["tests/support/gst-rtsp-server.py", JSON.stringify({ mounts, ...options })]);
  const port = Number(/^\d+/.exec(await program.waitFor(/^\d+\n/))?.[0]);
  return {
    ...{ ...program, port, file },
    async dispose() {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function launchLine(file: string, { video, audio }: CameraFile): string {
  const picture = `${PARSERS[video]} ! ${PAYLOADERS[video]}`;
  const start = `( filesrc location=${file} ! matroskademux name=d d. ! queue ! ${picture}`;
  return `${start} ${audio === undefined ? "" : `d. ! queue ! ${PAYLOADERS[audio]}`} )`;
}

async function makeFile(
  file: string,
  // JPEG in RTP is measured in blocks of eight.
  { video, reordered = 0, audio, beeps = false, seconds, size = video === "jpeg" ? "192x112" : "192x108" }: CameraFile,
): Promise<void> {
  const encoder = {
    h264: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", String(reordered), "-g", "25"],
    h265: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", `log-level=none:keyint=25:bframes=${reordered}`],
    // The tables of the standard are all that RFC 2435 knows.
    jpeg: ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-huffman", "default", "-q:v", "3"],
    mpeg4: ["-c:v", "mpeg4", "-q:v", "3", "-g", "25"],
  }[video];
  const sound = beeps
    ? `aevalsrc='0.5*sin(2*PI*440*t)*gte(mod(t,2),1)':s=48000:d=${seconds}`
    : `sine=frequency=440:sample_rate=48000:duration=${seconds}`;
  await execa("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25:duration=${seconds}`],
    ...(audio === undefined ? [] : ["-f", "lavfi", "-i", sound]),
    ...encoder,
    ...(audio === undefined ? [] : SOUND_ENCODERS[audio]),
    file,
  ]);
}

/** Digests of what a file holds, in order: of decoded pictures, or of the packets of its sound as they are. */
export async function packetDigests(file: string, stream: "video" | "audio"): Promise<string[]> {
  const isAdts = stream === "audio" && file.endsWith(".ts") && (await codecOf(file)) === "aac";
  const args =
    stream === "video"
      ? ["-map", "0:v", "-fps_mode", "passthrough"]
      : ["-map", "0:a", "-c", "copy", ...(isAdts ? ["-bsf:a", "aac_adtstoasc"] : [])];
  const { stdout } = await execa("ffmpeg", ["-v", "error", "-i", file, ...args, "-f", "framemd5", "-"]);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",")[5]?.trim() ?? "");
}

async function codecOf(file: string): Promise<string> {
  const args = ["-v", "error", "-select_streams", "a", "-show_entries", "stream=codec_name", "-of", "csv=p=0", file];
  return (await execa("ffprobe", args)).stdout.split("\n")[0]?.trim() ?? "";
}
