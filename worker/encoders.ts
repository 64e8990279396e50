/** Finds out what pictures can be encoded with on this machine, by encoding a frame with each, and tells it. */
import { probeEncoderArgs, VIDEO_ENCODERS, type VideoEncoder } from "@/lib/media/video-encoders";
import type { Config } from "@/lib/server/config/load";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import { ENCODERS_TTL_MS, tellEncoders } from "@/lib/server/queue/encoders";
import type { Services } from "@/lib/server/services";

/** Those that work, in the order in which they are preferred. */
export type FoundEncoders = readonly VideoEncoder[];

/** Opening the driver of a card that sleeps takes seconds. */
const PROBE_TIMEOUT_MS = 20_000;
/** Drivers reserve address space by the dozen GiB. */
export const DRIVER_MEMORY_BYTES = 256 * 1024 ** 3;

const found = new Map<string, Promise<FoundEncoders>>();

/** Tries each encoder once in the life of the process, by FFmpeg. */
export function findEncoders(config: Config): Promise<FoundEncoders> {
  const { FFMPEG_PATH } = config;
  const known = found.get(FFMPEG_PATH);
  if (known !== undefined) return known;
  const probing = probeEncoders(config);
  found.set(FFMPEG_PATH, probing);
  return probing;
}

async function probeEncoders(config: Config): Promise<FoundEncoders> {
  const works: VideoEncoder[] = [];
  const signal = new AbortController().signal;
  // One after another: two that open the same card at once can fail together.
  for (const encoder of VIDEO_ENCODERS) {
    const memoryBytes = encoder.hardware === null ? config.COMPILE_MEMORY_BYTES : DRIVER_MEMORY_BYTES;
    const { ffmpeg } = ffmpegOf({ ...config, COMPILE_MEMORY_BYTES: memoryBytes }, 1);
    await ffmpeg(probeEncoderArgs(encoder), { signal, timeoutMs: PROBE_TIMEOUT_MS }).then(
      () => works.push(encoder),
      () => {},
    );
  }
  return works;
}

/**
 * Tells the log, and through Redis everybody, what was found, again and again while the worker is there.
 *
 * @param onFound told once
 * @returns ends it
 */
export function announceEncoders(services: Services, onFound: (encoders: FoundEncoders) => void): () => void {
  const { config, log } = services;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  void findEncoders(config).then((encoders) => {
    if (isOver) return;
    log.info({ encoders: encoders.map(({ name }) => name) }, "encoders that work here");
    onFound(encoders);
    const tell = () => void tellEncoders(services, encoders);
    tell();
    timer = setInterval(tell, ENCODERS_TTL_MS / 3);
  });
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}
