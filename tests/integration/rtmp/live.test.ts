/** A stream can be watched while it is published, and its MP4 is there as soon as the encoder has gone. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { decodingErrors, probeFile } from "@/tests/integration/compile/media-facts";
import { makeStream, newStreamKey, packetDigests, publish, publishArgs } from "@/tests/support/encoder";
import { decodeErrors } from "@/tests/support/media-facts";
import { run } from "@/tests/support/processes";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { addUser, openTestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

const SECONDS = 9;
/** Segments are 2 s, and the last is not whole. */
const WATCHED_SECONDS = 4;
/** B-frames, and the encoder's delay of the sound. */
const DURATION_TOLERANCE_SECONDS = 0.25;

let folder: string;
let server: TestServer;
let worker: RunningWorker;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-live-"));
  server = await startTestServer({ RTMP_LISTEN: "127.0.0.1:0" });
  worker = await startWorker(server.services);
});
afterAll(async () => {
  await worker?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const recordingOf = (streamKeyId: string): Promise<RecordingWithParts | null> =>
  server.services.database.recording.findFirst({ where: { streamKeyId }, include: WITH_PARTS });

async function recorded(keyId: string): Promise<string> {
  await expect.poll(() => recordingOf(keyId)).not.toBeNull();
  return (await recordingOf(keyId))?.id as string;
}

const secondsOf = (playlist: string) =>
  [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);

/** Everything that a player gets so far. @returns its file, and how long the playlist says it is */
async function watch(id: string, leastSeconds: number): Promise<{ file: string; seconds: number }> {
  const get = (uri: string) =>
    fetch(`${server.url}/api/v1/recordings/${id}/live/${uri}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
  let playlist = "";
  const look = async () => {
    playlist = await (await get("index.m3u8")).text();
    return secondsOf(playlist);
  };
  await expect.poll(look).toBeGreaterThanOrEqual(leastSeconds);
  const uris = [/URI="([^"]+)"/.exec(playlist)?.[1] as string, ...(playlist.match(/^\d+\.m4s.*$/gm) ?? [])];
  const parts = await Promise.all(uris.map(async (uri) => Buffer.from(await (await get(uri)).arrayBuffer())));
  const file = path.join(folder, `${id}.mp4`);
  await writeFile(file, Buffer.concat(parts));
  return { file, seconds: secondsOf(playlist) };
}

async function expectPackets(sent: string, mp4: string): Promise<void> {
  for (const stream of ["v", "a"] as const) {
    expect(await packetDigests(mp4, stream)).toEqual(await packetDigests(sent, stream));
  }
}

/** When each picture is shown, from the first. */
async function pictureTimes(file: string): Promise<number[]> {
  const { stdout } = await execa("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", file],
  ]);
  const times = stdout
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return times.map((time) => time - (times[0] as number));
}

test("a stream with B-frames is watched while it is published, and ready a moment after its encoder has gone", async () => {
  const sent = await makeStream(folder, { seconds: SECONDS });
  const { id: keyId, url } = await newStreamKey(server, { name: "Live" });
  const publishing = publish(sent, url, true);
  const id = await recorded(keyId);
  const { file, seconds } = await watch(id, WATCHED_SECONDS);
  expect((await recordingOf(keyId))?.state).toBe("recording");
  expect(await server.ask("GET", `/api/v1/recordings/${id}`)).toMatchObject({ body: { liveUrl: expect.any(String) } });
  expect(decodingErrors(file)).toBe("");
  const { streams, format } = probeFile(file);
  expect(streams.map(({ codec_name }) => codec_name).sort()).toEqual(["aac", "h264"]);
  expect(Math.abs(Number(format.duration) - seconds)).toBeLessThan(0.5);

  await publishing;
  const ready = await reach(server.services, id);
  expect(ready).toMatchObject({ state: "ready", followRefusal: null, gaps: [] });
  const mp4 = mp4Of(server.services, ready);
  await expectPackets(sent, mp4);
  expect(await decodeErrors(mp4)).toBe("");
  const [was, is] = [await pictureTimes(sent), await pictureTimes(mp4)];
  expect(is).toHaveLength(was.length);
  expect(Math.max(...is.map((time, index) => Math.abs(time - (was[index] as number))))).toBeLessThan(0.0011);
  expect(Math.abs(Number(probeFile(mp4).format.duration) - SECONDS)).toBeLessThan(DURATION_TOLERANCE_SECONDS);

  const isChecked = async () => (await recordingOf(keyId))?.outputs.find(({ kind }) => kind === "mp4")?.isUnchecked;
  await expect.poll(isChecked).toBe(false);
  expect((await recordingOf(keyId))?.followRefusal).toBeNull();
});

test("an encoder that comes back has its recording compiled afterwards, and the recording says why", async () => {
  const sent = await makeStream(folder, { seconds: 5, hasBFrames: false });
  const { id: keyId, url } = await newStreamKey(server, { name: "Twice" });
  const first = execa("ffmpeg", publishArgs(sent, url, true), { reject: false });
  const id = await recorded(keyId);
  await watch(id, 2);
  first.kill("SIGKILL");
  await first;
  await publish(sent, url);
  const ready = await reach(server.services, id);
  expect(ready).toMatchObject({ state: "ready", followRefusal: "several_takes" });
  expect(ready.takes).toHaveLength(2);
  expect(await decodeErrors(mp4Of(server.services, ready))).toBe("");
});

test("a picture alone, and sound of a kind that is not copied", async () => {
  const silent = await makeStream(folder, { seconds: 4, sound: "none" });
  const other = await makeStream(folder, { seconds: 4, sound: "mp3" });
  const keys = await Promise.all(["Silent", "Other"].map((name) => newStreamKey(server, { name })));
  await Promise.all([silent, other].map((sent, index) => publish(sent, keys[index]?.url as string, true)));
  const [alone, encoded] = await Promise.all(
    keys.map(async ({ id }) => reach(server.services, (await recordingOf(id))?.id as string)),
  );
  expect(alone).toMatchObject({ state: "ready", followRefusal: null, gaps: [] });
  expect(encoded).toMatchObject({ state: "ready", followRefusal: "parameters", gaps: [] });
  expect(await packetDigests(mp4Of(server.services, alone as RecordingWithParts), "v")).toEqual(
    await packetDigests(silent, "v"),
  );
});

test("a server that is killed does not end the following, and another worker goes on after the first was killed", async () => {
  const services = await openTestServices({ RTMP_LISTEN: "127.0.0.1:0", PORT: "0", RTMP_RESUME_SECONDS: "1" });
  const env = { PATH: process.env.PATH, NODE_ENV: "test" as const, ...services.environment };
  const start = (program: string) => run(process.execPath, [program], { env });
  const startOne = async () => {
    const program = start(inject("serverFile"));
    return { program, port: Number(/port (\d+)/.exec(await program.waitFor(/port \d+/))?.[1]) };
  };
  const [killed, firstWorker] = await Promise.all([startOne(), start(inject("workerFile"))]);
  const { userId } = await addUser(services);
  const rtmp = { port: killed.port } as TestServer["server"]["rtmp"];
  const key = await newStreamKey({ services, userId, server: { rtmp } as TestServer["server"] });
  const sent = await makeStream(folder, { seconds: 30 });
  const encoder = execa("ffmpeg", publishArgs(sent, key.url, true), { reject: false });
  const row = () => services.database.recording.findFirst({ where: { streamKeyId: key.id }, include: WITH_PARTS });
  const follower = async () => (await row())?.followedBy ?? null;
  await expect.poll(follower).not.toBeNull();
  const first = await follower();
  await firstWorker.stop("SIGKILL");
  const other = await startWorker(services);
  await killed.program.stop("SIGKILL");
  await encoder;
  const started = await startOne();
  const id = (await row())?.id as string;
  const ready = await reach(services, id);
  expect(ready).toMatchObject({ state: "ready", followRefusal: null });
  expect(first).not.toBeNull();
  const digests = await packetDigests(mp4Of(services, ready), "v");
  const all = await packetDigests(sent, "v");
  expect(digests.length).toBeGreaterThan(0);
  expect(all.slice(0, digests.length)).toEqual(digests);
  await other.close();
  await started.program.stop();
  await services.dispose();
});
