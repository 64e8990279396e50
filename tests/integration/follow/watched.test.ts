/** What is served of a real recording while it runs is a film: init segment and segments decode, and none is missing. */
import { execFileSync } from "node:child_process";
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
    .poll(async () => {
      playlist = await (await get("index.m3u8")).text();
      segments = playlist.match(/^\d+\.m4s.*$/gm) ?? [];
      return secondsOf(playlist);
    })
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
  await expectIndexFirst(live.id);
});

/** The file has its index at the end; it can be had with the index first, whole and in ranges. */
async function expectIndexFirst(id: string): Promise<void> {
  const { folder } = server.services;
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/api/v1/recordings/${id}/file${query}`, {
      headers: { authorization: `Bearer ${server.token}`, ...headers },
    });
  const stored = await get("");
  const asItIs = Buffer.from(await stored.arrayBuffer());
  const response = await get("?download=1&index=first");
  const turned = Buffer.from(await response.arrayBuffer());
  expect(boxesOf(asItIs).at(-1)).toBe("moov");
  expect(boxesOf(turned).slice(0, 2)).toEqual(["ftyp", "moov"]);
  expect(boxesOf(turned).sort()).toEqual(boxesOf(asItIs).sort());
  expect(turned.length).toBe(asItIs.length);
  expect(response.headers.get("content-disposition")).toContain('attachment; filename="watched.mp4"');

  const [one, other] = [path.join(folder.root, "as-it-is.mp4"), path.join(folder.root, "turned.mp4")];
  await Promise.all([writeFile(one, asItIs), writeFile(other, turned)]);
  expect(packetDigests(other)).toBe(packetDigests(one));
  expect(decodingErrors(other)).toBe("");

  const etag = response.headers.get("etag") as string;
  expect(etag).not.toBe(stored.headers.get("etag"));
  expect((await get("?index=first", { "if-none-match": etag })).status).toBe(304);
  const indexBytes = turned.indexOf("mdat") - 4;
  // In the type, over the edges of the index, in the samples, and to the end.
  for (const [first, last] of [
    [0, 3],
    [10, 200],
    [indexBytes - 50, indexBytes + 50],
    [indexBytes + 1000, indexBytes + 5000],
    [turned.length - 10, turned.length - 1],
  ] as const) {
    const part = await get("?index=first", { range: `bytes=${first}-${last}` });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes ${first}-${last}/${turned.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(turned.subarray(first, last + 1))).toBe(true);
  }
}

/** Types of the boxes that a file consists of. */
function boxesOf(file: Buffer): string[] {
  const types: string[] = [];
  for (let position = 0; position < file.length; ) {
    const short = file.readUInt32BE(position);
    types.push(file.toString("latin1", position + 4, position + 8));
    position += short === 1 ? Number(file.readBigUInt64BE(position + 8)) : short;
  }
  return types;
}

function packetDigests(file: string): string {
  const args = ["-v", "error", "-i", file, "-map", "0", "-c", "copy", "-f", "streamhash", "-"];
  return execFileSync("ffmpeg", args, { encoding: "utf8" });
}

function secondsOf(playlist: string): number {
  return [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}
