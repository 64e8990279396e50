/** The recorder of the benchmark: connections and segments as a worker has them, without queue and database. */
import { readdirSync } from "node:fs";
import { parseAllowedNetworks } from "@/lib/server/outbound/allowed-networks";
import { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { CamerasFolder } from "@/lib/server/storage/cameras-folder";
import { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import { ChunkPool } from "@/worker/capture/chunk-pool";
import { RtspSession } from "@/worker/capture/rtsp/rtsp-session";
import { StreamRecorder } from "@/worker/capture/stream-recorder";

const [root = "", segmentSeconds = "10"] = process.argv.slice(2);
const folder = new CamerasFolder(new RecordingsFolder(root));
const guard = new OutboundGuard(parseAllowedNetworks("127.0.0.1"));
const pool = new ChunkPool();
const running: { session: RtspSession; recorder: StreamRecorder }[] = [];
let failures = 0;

async function start(index: number, url: string): Promise<void> {
  let recorder: StreamRecorder | null = null;
  const session = await RtspSession.open(
    guard,
    { url, credentials: null, verifiesTls: false },
    { wantsAudio: true, config: { FFMPEG_PATH: "ffmpeg", COMPILE_MAX_PIXELS: 4096 * 4096 } },
    (media, parameterSets) => {
      const own = new StreamRecorder(
        {
          ...{ folder, cameraId: `camera-${index}`, pool, segmentMs: 1000 * Number(segmentSeconds), cause: null },
          ffmpegPath: "ffmpeg",
          now: () => Date.now(),
          onSegmentOpen: () => {},
          onSegment: async () => {},
          onKeyFrame: () => {},
          onDurable: () => {},
          onSoundFailure: () => {},
          onFailure: () => void (failures += 1),
        },
        media,
        parameterSets,
      );
      recorder = own;
      return {
        onPicture: (picture, pts) => own.picture(picture, pts, performance.now()),
        onSound: (bytes, from, to, pts) => own.sound(bytes, from, to, pts),
        onParameterSets: () => own.readParameterSets(),
        onEnd: (failure) => void (failures += failure === null ? 0 : 1),
      };
    },
    new AbortController().signal,
  );
  running.push({ session, recorder: recorder as unknown as StreamRecorder });
}

process.on("message", async (message: { start?: number; url?: string; stop?: boolean; look?: boolean }) => {
  if (message.start !== undefined) {
    for (let index = 0; index < message.start; index += 1) await start(index, String(message.url));
    process.send?.({ started: running.length });
  } else if (message.look) {
    process.send?.({ files: readdirSync("/proc/self/fd").length, rssBytes: process.memoryUsage.rss() });
  } else if (message.stop) {
    const losses = running.map(({ session }) => session.losses);
    for (const { session } of running) session.close();
    await Promise.all(running.map(({ recorder }) => recorder.close()));
    process.send?.({
      packets: losses.reduce((sum, { packets }) => sum + packets, 0),
      pictures: losses.reduce((sum, { pictures }) => sum + pictures, 0),
      failures,
    });
  }
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
