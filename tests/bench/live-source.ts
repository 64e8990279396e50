/** A recording that is sent as a page sends it, at any pace, and how much of it can be watched already. */
import { readFile } from "node:fs/promises";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { createRecording } from "@/lib/server/recordings/lifecycle";
import { longCapture } from "@/tests/bench/long-capture";
import { chunksOf } from "@/tests/integration/compile/capture-recording";
import type { TestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";

/** What MediaRecorder is asked for. */
const CHUNK_MS = 250;
/** Of the sound that a follower makes. */
const AAC_RATE = 48_000;
/** Whoever sends faster than real time waits for what it sent now and then; a group is synced every 250 ms. */
const ACKNOWLEDGED_EVERY_MS = 20_000;

export interface SentRecording {
  id: string;
  /** Finishes both tracks. @returns milliseconds until the file downloads */
  finish(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Sends both tracks of a capture, again and again for so long; all of it is acknowledged when this resolves.
 *
 * @param pace is waited for before each quarter of a second, with what was sent up to there in milliseconds
 */
export async function sendRecording(
  server: TestServer,
  capture: string,
  seconds: number,
  pace: (sentMs: number, id: string) => Promise<void>,
): Promise<SentRecording> {
  const id = await createRecording(server.services, server, { tracks: [...TRACK_KINDS] });
  const ends = await Promise.all(
    TRACK_KINDS.map(async (kind) => {
      const client = new TrackClient(server.url, `/ws/${kind}?session=${id}`, server.token);
      await client.hear("ready");
      client.send({ type: "start", mimeType: "video/webm", startedAtMs: Date.now(), browser: "chromium" });
      let offset = 0;
      let sentMs = 0;
      for await (const { bytes, perfMs } of longCapture(chunksOf(capture, kind), seconds)) {
        client.send(bytes);
        offset += bytes.length;
        client.send({ type: "clock", offset, perfMs });
        sentMs += CHUNK_MS;
        if (sentMs % ACKNOWLEDGED_EVERY_MS === 0) await client.acknowledged(offset);
        client.messages.splice(0, client.messages.length - 1);
        await pace(sentMs, id);
      }
      await client.acknowledged(offset);
      return { client, offset };
    }),
  );
  return {
    id,
    async finish() {
      const startedAtMs = performance.now();
      for (const { client, offset } of ends) client.send({ type: "finish", offset });
      for (;;) {
        const response = await fetch(`${server.url}/api/v1/recordings/${id}/file`, {
          headers: { authorization: `Bearer ${server.token}`, range: "bytes=0-99" },
        });
        await response.arrayBuffer();
        if (response.status === 206) return performance.now() - startedAtMs;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async close() {
      for (const { client } of ends) await client.close();
    },
  };
}

/** How much of a recording is in the file that is written while it runs, in milliseconds: of all its tracks. */
export async function watchableMs(
  { services }: TestServer,
  id: string,
  kinds: readonly TrackKind[] = TRACK_KINDS,
): Promise<number> {
  const text = await readFile(services.folder.file(id, LIVE_INDEX_FILENAME), "utf8").catch(() => "");
  const lines = text.split("\n").slice(1, -1);
  let pictureMs = 0;
  for (const line of lines) pictureMs += Number(/"durationMs":([\d.]+)/.exec(line)?.[1] ?? 0);
  if (!kinds.includes("audio")) return pictureMs;
  // Sound that is behind comes with later segments: the last one says up to where it has come.
  const last = [...lines].reverse().find((line) => line.includes('"audio":{'));
  if (last === undefined) return pictureMs;
  const { audio } = JSON.parse(last) as { audio: { firstTicks: number; sizesBytes: number[] } };
  return Math.min(pictureMs, ((audio.firstTicks + audio.sizesBytes.length * AAC_FRAME_SAMPLES) / AAC_RATE) * 1000);
}

/** Whether it was made while it was recorded, and why not. */
export async function wasFollowed({ services }: TestServer, id: string): Promise<true | string> {
  const { followRefusal, compileAttempts } = await services.database.recording.findUniqueOrThrow({ where: { id } });
  return followRefusal === null && compileAttempts === 1 ? true : (followRefusal ?? `${compileAttempts} attempts`);
}

/** The value below which `share` of them are. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
