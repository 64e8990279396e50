/** What the workers can encode pictures with, told through Redis: for pages, which offer what is there. */
import { hostname } from "node:os";
import { z } from "zod";
import { VIDEO_CODECS, type VideoCodec } from "@/lib/domain/compile-settings";
import type { VideoEncoder } from "@/lib/media/video-encoders";
import type { Services } from "@/lib/server/services";

/** What a worker told is believed for so long. */
export const ENCODERS_TTL_MS = 180_000;
const KEY = "tapedeck:encoders";
const WORKER = `${hostname()}-${process.pid}`;

const told = z.object({
  atMs: z.number(),
  encoders: z.array(z.object({ name: z.string(), codec: z.enum(VIDEO_CODECS), hardware: z.string().nullable() })),
});

/** Tells what this worker has; without Redis nobody hears it. */
export async function tellEncoders({ redis }: Services, encoders: readonly VideoEncoder[]): Promise<void> {
  await redis.hset(KEY, WORKER, JSON.stringify({ atMs: Date.now(), encoders })).catch(() => {});
}

/** An encoder, and how many workers have it. */
export interface ToldEncoder {
  name: string;
  codec: VideoCodec;
  hardware: string | null;
  workers: number;
}

/** What the workers that are there have; nothing while Redis is away. */
export async function readEncoders({ redis }: Services): Promise<ToldEncoder[]> {
  const all = await redis.hgetall(KEY).catch((): Record<string, string> => ({}));
  const encoders = new Map<string, ToldEncoder>();
  for (const [worker, text] of Object.entries(all)) {
    const { data } = told.safeParse(parseJson(text));
    if (data === undefined || Date.now() - data.atMs > ENCODERS_TTL_MS) {
      await redis.hdel(KEY, worker).catch(() => {});
      continue;
    }
    for (const encoder of data.encoders) {
      const known = encoders.get(encoder.name);
      encoders.set(encoder.name, { ...encoder, workers: (known?.workers ?? 0) + 1 });
    }
  }
  return [...encoders.values()];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
