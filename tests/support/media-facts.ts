/** What is in a media file, as FFmpeg and ffprobe say: streams, packets, when it flashes and when it beeps. */
import { execa } from "execa";

export interface MediaFacts {
  durationSeconds: number;
  video: { codec: string; width: number; height: number; frames: number; startSeconds: number } | null;
  audio: { codec: string; sampleRate: number; startSeconds: number } | null;
  title: string | null;
}

/** Reads the container and counts the packets. */
export async function readMediaFacts(file: string): Promise<MediaFacts> {
  const args = ["-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json", file];
  const { streams, format } = JSON.parse((await execa("ffprobe", args)).stdout);
  const find = (type: string) => streams.find((stream: { codec_type: string }) => stream.codec_type === type);
  const video = find("video");
  const audio = find("audio");
  return {
    durationSeconds: Number(format.duration),
    title: format.tags?.title ?? null,
    video:
      video === undefined
        ? null
        : {
            codec: video.codec_name,
            width: video.width,
            height: video.height,
            frames: Number(video.nb_read_packets),
            startSeconds: Number(video.start_time),
          },
    audio:
      audio === undefined
        ? null
        : { codec: audio.codec_name, sampleRate: Number(audio.sample_rate), startSeconds: Number(audio.start_time) },
  };
}

/** Where the last packet of a file of one track ends, in seconds; MediaRecorder writes no duration. */
export async function lastPacketEndSeconds(file: string): Promise<number> {
  const args = ["-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", file];
  const times = (await execa("ffprobe", args)).stdout.split("\n").map(Number.parseFloat).filter(Number.isFinite);
  const [beforeLast = 0, last = 0] = times.sort((a, b) => a - b).slice(-2);
  return last + (last - beforeLast);
}

/** Every message of a full decode; empty when there is no error in it. */
export async function decodeErrors(file: string): Promise<string> {
  // In the clock of the file: rounded to a guessed frame rate, two frames come to have one time, which is reported.
  const times = ["-fps_mode", "vfr", "-enc_time_base:v", "1:90000"];
  return (await execa("ffmpeg", ["-v", "error", "-i", file, ...times, "-f", "null", "-"])).stderr;
}

/** When the picture turns from dark to bright, in seconds; a frame counts as bright above half of white. */
export async function findFlashes(file: string): Promise<number[]> {
  const filter = "scale=16:16,signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=-";
  const { stdout } = await execa("ffmpeg", ["-v", "error", "-i", file, "-vf", filter, "-an", "-f", "null", "-"]);
  const flashes: number[] = [];
  let isBright = true;
  let at = 0;
  for (const line of stdout.split("\n")) {
    const time = /pts_time:([\d.]+)/.exec(line);
    if (time !== null) at = Number(time[1]);
    const luma = /YAVG=([\d.]+)/.exec(line);
    if (luma === null) continue;
    const bright = Number(luma[1]) > 128;
    if (bright && !isBright) flashes.push(at);
    isBright = bright;
  }
  return flashes;
}

/** When the sound begins after a silence, in seconds, to a millisecond. */
export async function findBeeps(file: string): Promise<number[]> {
  const rate = 8000;
  const args = ["-v", "error", "-i", file, "-vn", "-ac", "1", "-ar", String(rate), "-f", "s16le", "-"];
  const { stdout } = await execa("ffmpeg", args, { encoding: "buffer", maxBuffer: 1e9 });
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.byteLength >> 1);
  const beeps: number[] = [];
  // Louder than -26 dBFS after 100 ms that were not: an Opus encoder smears an onset by a few milliseconds at most.
  const threshold = 1600;
  let lastLoud = Number.NEGATIVE_INFINITY;
  samples.forEach((sample, index) => {
    if (Math.abs(sample) < threshold) return;
    if (index - lastLoud > rate / 10) beeps.push(index / rate);
    lastLoud = index;
  });
  return beeps;
}
