/** A recording that is compiled while it runs, put there without the worker; what is in its segments is no media. */
import { appendFile, writeFile } from "node:fs/promises";
import { LIVE_INDEX_FILENAME, liveMp4Filename } from "@/lib/domain/names";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";
import type { TestServer } from "@/tests/support/server";

const SEGMENT_MS = 2000;
const SIZES_BYTES = { video: [1000, 200], audio: [10, 20] };
const SEGMENT_BYTES = 1230;

export interface LiveRecording {
  id: string;
  /** Adds a segment of 2 s, as the follower does: first its bytes, then its line. @returns the bytes */
  addSegment(): Promise<Buffer>;
  /** Begins anew, in another file. */
  beginAnew(run: string): Promise<void>;
}

/** A new recording, and its first run. */
export async function addLive(server: TestServer, title: string): Promise<LiveRecording> {
  const { body } = await server.ask("POST", "/api/v1/recordings", { title });
  return makeLive(server, body.id);
}

/** Gives a recording a live index without segments. */
export async function makeLive({ services }: TestServer, id: string): Promise<LiveRecording> {
  const file = (name: string) => services.folder.file(id, name);
  let mp4 = "";
  let segments = 0;
  const live: LiveRecording = {
    id,
    async addSegment() {
      const bytes = Buffer.alloc(SEGMENT_BYTES, segments + 1);
      const segment: LiveSegment = {
        offsetBytes: segments * SEGMENT_BYTES,
        lengthBytes: SEGMENT_BYTES,
        durationMs: SEGMENT_MS,
        video: {
          firstTicks: segments * 180_000,
          durationsTicks: [90_000, 90_000],
          sizesBytes: SIZES_BYTES.video,
          keyframes: [0],
        },
        audio: { firstTicks: segments * 96_000, sizesBytes: SIZES_BYTES.audio },
      };
      await appendFile(file(mp4), bytes);
      await appendFile(file(LIVE_INDEX_FILENAME), `${JSON.stringify(segment)}\n`);
      segments += 1;
      return bytes;
    },
    async beginAnew(run) {
      mp4 = liveMp4Filename(run);
      segments = 0;
      const header: LiveHeader = {
        version: 1,
        filename: mp4,
        video: {
          codec: "avc1.42c020",
          configuration: "AULAIA==",
          width: 1280,
          height: 720,
          timescale: 90_000,
          startTicks: 0,
        },
        audio: { codec: "mp4a.40.2", configuration: "EZA=", channels: 2, timescale: 48_000, startTicks: 0 },
      };
      await writeFile(file(mp4), "");
      await writeFile(file(LIVE_INDEX_FILENAME), `${JSON.stringify(header)}\n`);
    },
  };
  await live.beginAnew("0123abcd");
  return live;
}
