/** Records a capture through the real server as the page would: chunk by chunk over two sockets, with its clock. */
import type { TrackKind } from "@/lib/domain/recording-state";
import { createRecording } from "@/lib/server/recordings/lifecycle";
import type { Chunk, TrackContent } from "@/tests/integration/compile/capture-recording";
import type { TestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";

export interface LiveRecording {
  id: string;
  /** Sends the next chunks of each track, all that lie before a share of it, and waits until they are durable. */
  send(share: number): Promise<void>;
  /** Sends what is left and ends the tracks; resolves when the server has said so. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

const MIME_TYPES: Readonly<Record<TrackKind, string>> = { video: "video/x-matroska", audio: "audio/webm;codecs=opus" };

export async function beginLive(
  { services, url, token, userId }: TestServer,
  content: Partial<Record<TrackKind, TrackContent>>,
  options: { title?: string; expected?: TrackKind[]; browser?: string } = {},
): Promise<LiveRecording> {
  const kinds = Object.keys(content) as TrackKind[];
  const id = await createRecording(
    services,
    { userId },
    { tracks: options.expected ?? kinds, ...(options.title === undefined ? {} : { title: options.title }) },
  );
  const tracks = await Promise.all(
    kinds.map(async (kind) => {
      const client = new TrackClient(url, `/ws/${kind}?session=${id}`, token);
      await client.hear("ready");
      client.send({ type: "start", mimeType: MIME_TYPES[kind], startedAtMs: Date.now(), browser: "chromium" });
      return { client, chunks: chunksOfContent(content[kind] as TrackContent), sent: 0, offset: 0 };
    }),
  );
  const send = async (share: number) => {
    for (const track of tracks) {
      const until = Math.floor(track.chunks.length * share);
      for (const { bytes, perfMs } of track.chunks.slice(track.sent, until)) {
        track.client.send(bytes);
        track.offset += bytes.length;
        if (Number.isFinite(perfMs)) track.client.send({ type: "clock", offset: track.offset, perfMs });
      }
      track.sent = Math.max(track.sent, until);
    }
    await Promise.all(tracks.map(({ client, offset }) => (offset === 0 ? null : client.acknowledged(offset))));
  };
  const close = async () => {
    for (const { client } of tracks) await client.close().catch(() => {});
  };
  return {
    id,
    send,
    async finish() {
      await send(1);
      await Promise.all(
        tracks.map(async ({ client, offset }) => {
          client.send({ type: "finish", offset });
          await client.hear("finished");
        }),
      );
      await close();
    },
    close,
  };
}

function chunksOfContent(content: TrackContent): readonly Chunk[] {
  if (!Buffer.isBuffer(content)) return content;
  const chunks: Chunk[] = [];
  for (let from = 0; from < content.length; from += 50_000) {
    chunks.push({ bytes: content.subarray(from, from + 50_000), perfMs: Number.NaN });
  }
  return chunks;
}
