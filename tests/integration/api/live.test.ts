/** Watching a recording while it runs: the playlist, the segments, and waiting for the next one. */
import { rename } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import { addLive } from "@/tests/support/live-recording";
import { boxAt, numbersOf, readBoxes } from "@/tests/support/mp4-boxes";
import { startTestServer, type TestServer } from "@/tests/support/server";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const playlistOf = (id: string, query = "") => server.ask("GET", `/api/v1/recordings/${id}/live/index.m3u8${query}`);

/** The bytes behind an address of the playlist. */
async function bytesOf(id: string, uri: string): Promise<Buffer> {
  const response = await fetch(`${server.url}/api/v1/recordings/${id}/live/${uri}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("video/mp4");
  return Buffer.from(await response.arrayBuffer());
}

test("each segment of the playlist is a fragment with its own bytes of the growing file", async () => {
  const live = await addLive(server, "running");
  const written = [await live.addSegment(), await live.addSegment()];
  const { status, body, headers } = await playlistOf(live.id);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(body).not.toContain("ENDLIST");
  const init = /URI="([^"]+)"/.exec(body)?.[1] as string;
  expect(readBoxes(await bytesOf(live.id, init)).map(({ type }) => type)).toEqual(["ftyp", "moov"]);
  const segments: string[] = body.match(/^\d+\.m4s.*$/gm);
  expect(segments).toHaveLength(2);
  for (const [index, uri] of segments.entries()) {
    const boxes = readBoxes(await bytesOf(live.id, uri));
    expect(boxes.map(({ type }) => type)).toEqual(["moof", "mdat"]);
    expect(numbersOf(boxAt(boxes, "moof/mfhd"))).toEqual([0, index + 1]);
    const samples = boxAt(boxes, "mdat")?.content as DataView;
    expect(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).equals(written[index] as Buffer)).toBe(
      true,
    );
  }
  const { body: resource } = await server.ask("GET", `/api/v1/recordings/${live.id}`);
  expect(resource.liveUrl).toBe(`/api/v1/recordings/${live.id}/live/index.m3u8`);
});

test("a player that waits for a segment is answered when it is there", async () => {
  const live = await addLive(server, "waited for");
  await live.addSegment();
  const waiting = playlistOf(live.id, "?_HLS_msn=1&_HLS_skip=YES");
  let isAnswered = false;
  void waiting.then(() => {
    isAnswered = true;
  });
  expect((await playlistOf(live.id)).body).not.toContain("1.m4s");
  expect(isAnswered).toBe(false);
  await live.addSegment();
  expect((await waiting).body).toContain("\n1.m4s?run=0123abcd\n");
});

test("a player that waits is told of the end", async () => {
  const live = await addLive(server, "ended");
  await live.addSegment();
  const waiting = playlistOf(live.id, "?_HLS_msn=1");
  await server.ask("POST", `/api/v1/recordings/${live.id}/stop`);
  expect((await waiting).body).toMatch(/0\.m4s\?run=0123abcd\n#EXT-X-ENDLIST\n$/);
});

test("a follower that begins anew is another run, and players that are ahead of it are told so", async () => {
  const live = await addLive(server, "followed twice");
  for (let segment = 0; segment < 5; segment += 1) await live.addSegment();
  expect((await playlistOf(live.id)).body).toContain("4.m4s?run=0123abcd");
  await live.beginAnew("89abcdef");
  await live.addSegment();
  const { body } = await playlistOf(live.id);
  expect(body).toContain("0.m4s?run=89abcdef");
  expect(body).not.toContain("1.m4s");
  expect((await playlistOf(live.id, "?_HLS_msn=5")).status).toBe(400);
});

test("what is not live, not there, or finished meanwhile is not found", async () => {
  const live = await addLive(server, "gone");
  await live.addSegment();
  const { folder } = server.services;
  for (const name of ["1.m4s", "x.m4s", "0.mp4", "..%2f..%2fvideo.webm"]) {
    expect((await server.ask("GET", `/api/v1/recordings/${live.id}/live/${name}`)).status).toBe(404);
  }
  await rename(folder.file(live.id, "live-0123abcd.mp4"), folder.file(live.id, `${live.id}.mp4`));
  const late = await server.ask("GET", `/api/v1/recordings/${live.id}/live/0.m4s`);
  expect([late.status, late.body.code]).toEqual([404, "not_live"]);
  await rename(folder.file(live.id, LIVE_INDEX_FILENAME), folder.file(live.id, "gone"));
  const gone = await playlistOf(live.id);
  expect([gone.status, gone.body.code]).toEqual([404, "not_live"]);
  expect((await server.ask("GET", `/api/v1/recordings/${live.id}`)).body.liveUrl).toBeNull();
});
