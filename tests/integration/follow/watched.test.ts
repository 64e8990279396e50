/** What is served of a real recording while it runs is a film: init segment and segments decode, and none is missing. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { captureContent } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { decodingErrors, probeFile } from "@/tests/integration/compile/media-facts";
import { beginLive } from "@/tests/integration/follow/live-recording";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** Of twenty seconds, nine tenths are sent, and the last segment is not whole. */
const LEAST_SECONDS = 12;
const SENT_SECONDS = 18.5;

let server: TestServer;
let worker: RunningWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = await startWorker(server.services);
});
afterAll(async () => {
  await worker.close();
  await server.stop();
});

test("a recording that runs plays from its beginning to nearly now, then gives way to its file", async () => {
  const live = await beginLive(server, captureContent("c20_h264_250"), { title: "watched" });
  for (const share of [0.3, 0.6, 0.9]) await live.send(share);
  const base = `${server.url}/api/v1/recordings/${live.id}/live`;
  const get = (uri: string) => fetch(`${base}/${uri}`, { headers: { authorization: `Bearer ${server.token}` } });

  let playlist = "";
  let segments: string[] = [];
  await expect
    .poll(
      async () => {
        playlist = await (await get("index.m3u8")).text();
        segments = playlist.match(/^\d+\.m4s.*$/gm) ?? [];
        return secondsOf(playlist);
      },
      { timeout: 60_000 },
    )
    .toBeGreaterThan(LEAST_SECONDS);
  const init = /URI="([^"]+)"/.exec(playlist)?.[1] as string;
  const parts = await Promise.all(
    [init, ...segments].map(async (uri) => Buffer.from(await (await get(uri)).arrayBuffer())),
  );
  const file = path.join(server.services.folder.root, "watched.mp4");
  await writeFile(file, Buffer.concat(parts));
  expect(decodingErrors(file)).toBe("");
  const { streams, format } = probeFile(file);
  expect(streams.map(({ codec_name }) => codec_name).sort()).toEqual(["aac", "h264"]);
  expect(Math.abs(Number(format.duration) - secondsOf(playlist))).toBeLessThan(0.5);
  expect(Number(format.duration)).toBeLessThanOrEqual(SENT_SECONDS);

  await live.finish();
  await reach(server.services, live.id);
  expect((await get("index.m3u8")).status).toBe(404);
  const { body } = await server.ask("GET", `/api/v1/recordings/${live.id}`);
  expect(body).toMatchObject({ state: "ready", liveUrl: null });
}, 120_000);

function secondsOf(playlist: string): number {
  return [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}
