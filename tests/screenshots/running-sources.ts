/** What sends pictures while the pages about it are looked at: encoders, network cameras and a page with snapshots. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { execa } from "execa";
import type { CreatedStreamKey } from "@/lib/protocol/streams";
import { drawScenes } from "@/tests/screenshots/make-media";
import { type MjpegSource, startMjpegSource } from "@/tests/support/mjpeg-source";
import { SnapshotSource } from "@/tests/support/snapshot-source";

const SNAPSHOT_EVERY_MS = 200;
const WALL = [
  ["Exam room 2, left", "editor"],
  ["Exam room 2, right", "call"],
  ["Window to the courtyard with the very long name", "mountains"],
] as const;

export interface RunningSources {
  stop(): Promise<void>;
}

/**
 * Starts all of them; each is there when this returns.
 *
 * @param request of who is signed in
 * @param folder to work in
 * @param rtmpPort where the product listens for encoders
 */
export async function startSources(
  request: APIRequestContext,
  { url, token, folder, rtmpPort }: { url: string; token: string; folder: string; rtmpPort: number },
): Promise<RunningSources> {
  await drawScenes(folder);
  const stops: (() => unknown)[] = [];

  // An encoder that publishes and is recorded, one that is only watched for, and keys that are not in use.
  const key = async (name: string, record: boolean, expiresAt: string | null = null) => {
    const answer = await request.post("/api/v1/stream-keys", { data: { name, app: "live", record, expiresAt } });
    return ((await answer.json()) as CreatedStreamKey).key;
  };
  const inUse = [await key("Lecture hall", true), await key("Rehearsal stage, camera at the back", false)];
  await key("OBS at home", true, new Date(Date.now() + 40 * 86_400_000).toISOString());
  for (const published of inUse) {
    const picture = ["-re", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=15"];
    const sound = ["-f", "lavfi", "-i", "sine=sample_rate=44100"];
    const coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    const address = `rtmp://127.0.0.1:${rtmpPort}/live/${published}`;
    const encoder = execa("ffmpeg", ["-v", "error", ...picture, ...sound, ...coding, "-f", "flv", address]);
    encoder.catch(() => {}); // it is killed
    stops.push(() => encoder.kill("SIGKILL"));
  }

  const jpegs = await jpegsOf(folder, ["presenter", "call", "mountains"]);
  const camera = await startMjpegSource();
  stops.push(
    camera.play([jpegs.presenter as Buffer, jpegs.call as Buffer], () => 200),
    () => camera.close(),
  );
  await recordStreams(request, camera);

  for (const [name, scene] of WALL) {
    const answer = await request.post("/api/v1/snapshots", { data: { name } });
    const { sessionId } = (await answer.json()) as { sessionId: string };
    const source = new SnapshotSource(url, sessionId, token);
    // A busy machine may have it come back later, as a page would.
    for (let tries = 5; ; tries -= 1) {
      const isThere = await source.connect().then(
        () => true,
        () => false,
      );
      if (isThere) break;
      if (tries === 0) throw new Error("the snapshots cannot be sent");
    }
    const picture = (jpegs[scene] ?? (await jpegsOf(folder, [scene]))[scene]) as Buffer;
    const timer = setInterval(() => source.take(picture), SNAPSHOT_EVERY_MS);
    stops.push(
      () => clearInterval(timer),
      () => source.socket?.terminate(),
    );
  }
  return {
    async stop() {
      for (const stop of stops) await stop();
    },
  };
}

/** One that ends, one that runs, and one that nobody answers. */
async function recordStreams(request: APIRequestContext, camera: MjpegSource): Promise<void> {
  const record = async (address: string) => {
    const answer = await request.post("/api/v1/mjpeg-captures", { data: { stream_url: address } });
    if (!answer.ok()) throw new Error(`${address} is not recorded: ${await answer.text()}`);
    return ((await answer.json()) as { id: string }).id;
  };
  const ended = await record(camera.at("/yard?resolution=1280x720&compression=30"));
  await camera.connected();
  await record(camera.at("/entrance"));
  await record("http://127.0.0.1:9/video");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await request.post(`/api/v1/mjpeg-captures/${ended}/stop`);
}

/** Drawn scenes as a camera would send them. */
async function jpegsOf(folder: string, scenes: readonly string[]): Promise<Record<string, Buffer>> {
  const made = await Promise.all(
    scenes.map(async (scene) => {
      const output = path.join(folder, `${scene}.jpg`);
      const input = path.join(folder, `${scene}.png`);
      await execa("ffmpeg", ["-v", "error", "-y", "-i", input, "-vf", "scale=640:-2", "-q:v", "5", output]);
      return [scene, await readFile(output)] as const;
    }),
  );
  return Object.fromEntries(made);
}
