/** Finds out what pictures can be encoded with on this machine, by encoding a frame with each, and tells it. */
import { probeEncoderArgs, VIDEO_ENCODERS, type VideoEncoder, X264 } from "@/lib/media/video-encoders";
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

/** Tries each encoder that may be used once in the life of the process, by FFmpeg. */
export function findEncoders(config: Config): Promise<FoundEncoders> {
  const key = `${config.COMPILE_HARDWARE} ${config.FFMPEG_PATH}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const probing = probeEncoders(config);
  found.set(key, probing);
  return probing;
}

async function probeEncoders(config: Config): Promise<FoundEncoders> {
  // The worker does not start without it.
  const works: VideoEncoder[] = [X264];
  const signal = new AbortController().signal;
  // One after another: two that open the same card at once can fail together.
  for (const encoder of VIDEO_ENCODERS) {
    if (encoder === X264 || (encoder.hardware !== null && config.COMPILE_HARDWARE === "off")) continue;
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
