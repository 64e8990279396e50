/** Several resolutions of a recording, as HLS: the same film in each, cut at the same pictures, for all who may see it. */
import { writeFile } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLibrary } from "@/lib/server/check/check-library";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { addRecording, captureContent, chunksOf } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { audioOf, decodingErrors, pictureTimesMs, probeFile } from "@/tests/integration/compile/media-facts";
import { eventually } from "@/tests/support/eventually";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

let server: TestServer;
let worker: RunningWorker;
let recording: RecordingWithParts;
/** What the worker said of how much is made, and what the API said then. */
const reports: number[] = [];
const told: (number | null)[] = [];

beforeAll(async () => {
  server = await startTestServer();
  worker = await startWorker(server.services);
  const id = await addRecording(server.services, server.userId, captureContent("sp_vfr_vp8"));
  await reach(server.services, id);
  const stopListening = server.services.changes.subscribe((change) => {
    if (change.kind !== "extra_progress" || change.recordingId !== id) return;
    reports.push(change.fraction);
    // As a page asks when it hears of it.
    void server.ask("GET", `/api/v1/recordings/${id}`).then(({ body }) => {
      told.push(body.extras.find(({ kind }: { kind: string }) => kind === "adaptive").progress);
    });
  });
  expect((await server.ask("POST", `/api/v1/recordings/${id}/hls`)).status).toBe(202);
  recording = await withAdaptive(id, "made");
  stopListening();
});

afterAll(async () => {
  await worker?.close();
  await server?.stop();
});

async function withAdaptive(id: string, state: string): Promise<RecordingWithParts> {
  return eventually(async () => {
    const row = await server.services.database.recording.findUniqueOrThrow({ where: { id }, include: WITH_PARTS });
    expect(row.extras.find(({ kind }) => kind === "adaptive")).toMatchObject({ state });
    return row;
  });
}

function fileOf(kind: string): string {
  const output = recording.outputs.find((each) => each.kind === kind);
  if (output === undefined) throw new Error(`there is no ${kind}`);
  return server.services.folder.file(recording.id, output.filename);
}

function get(url: string | URL, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers: { connection: "close", ...headers } });
}

const RENDITIONS = ["hls_1", "hls_2", "hls_3"];

test("there is one of each size, whole, with its sound, and nothing unknown is left on the disk", async () => {
  const { body } = await server.ask("GET", `/api/v1/recordings/${recording.id}`);
  const sizes = body.outputs
    .filter(({ kind }: { kind: string }) => RENDITIONS.includes(kind))
    .map(({ width, height }: { width: number; height: number }) => `${width}x${height}`);
  expect(sizes).toEqual(["1280x720", "854x480", "640x360"]);
  const sound = audioOf(fileOf("mp4"));
  for (const [index, kind] of RENDITIONS.entries()) {
    const [width, height] = (sizes[index] as string).split("x").map(Number);
    const { streams } = probeFile(fileOf(kind));
    expect(streams.find(({ codec_type }) => codec_type === "video")).toMatchObject({
      codec_name: "h264",
      width,
      height,
    });
    expect(audioOf(fileOf(kind))?.nb_read_packets).toBe(sound?.nb_read_packets);
    expect(decodingErrors(fileOf(kind))).toBe("");
  }
  expect((await server.ask("POST", `/api/v1/recordings/${recording.id}/hls`)).status).toBe(200);
  const { findings } = await checkLibrary(server.services, { deep: true });
  expect(findings).toEqual([]);
});

test("how much of it is made is told meanwhile, and no longer when it is there", async () => {
  expect(reports.length).toBeGreaterThan(0);
  expect(reports).toEqual([...reports].sort((one, other) => one - other));
  expect(told.some((progress) => progress !== null && progress > 0)).toBe(true);
  const { body } = await server.ask("GET", `/api/v1/recordings/${recording.id}`);
  expect(body.extras).toMatchObject([{ kind: "adaptive", state: "made", progress: null }]);
});

test("every picture is in each, at its time, and looks as it did", async () => {
  const times = pictureTimesMs(fileOf("mp4"));
  for (const kind of RENDITIONS) {
    const got = pictureTimesMs(fileOf(kind));
    expect(got.length).toBe(times.length);
    // Times are counted in other units, and rounded.
    expect(Math.max(...got.map((at, index) => Math.abs(at - (times[index] as number))))).toBeLessThan(1.1);
    const filter = "[0:v]scale=640:360[a];[1:v]scale=640:360[b];[a][b]ssim";
    const inputs = ["-i", fileOf(kind), "-i", fileOf("mp4")];
    const { stderr } = await execa("ffmpeg", ["-nostdin", ...inputs, "-lavfi", filter, "-an", "-f", "null", "-"]);
    expect(Number(/SSIM .*All:([\d.]+)/.exec(stderr)?.[1])).toBeGreaterThan(0.93);
  }
});

test("segments begin with the same pictures, and their byte ranges are the file", async () => {
  const base = `${server.url}/api/v1/recordings/${recording.id}/hls/`;
  const authorization = `Bearer ${server.token}`;
  const master = await (await get(new URL("hls.m3u8", base), { authorization })).text();
  const variants = [
    ...master.matchAll(/^#EXT-X-STREAM-INF:BANDWIDTH=(\d+),.*RESOLUTION=(\d+)x.*CODECS="(.+)"\n(.+)$/gm),
  ];
  expect(variants.map(([, , width]) => width)).toEqual(["1280", "854", "640"]);
  const lengths: string[][] = [];
  for (const [, bandwidth, , codecs, uri] of variants) {
    expect(codecs).toMatch(/^avc1\.[0-9a-f]{6},mp4a\.40\.2$/);
    const answer = await get(new URL(uri as string, base), { authorization });
    expect(answer.headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
    const playlist = await answer.text();
    lengths.push([...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) => match[1] as string));
    const ranges = [...playlist.matchAll(/BYTERANGE[:=]"?(\d+)@(\d+)/g)].map((match) => match.slice(1).map(Number));
    const file = /^(.+\.mp4)$/m.exec(playlist)?.[1] as string;
    const whole = Buffer.from(await (await get(new URL(file, base), { authorization })).arrayBuffer());
    expect(ranges.reduce((end, [length, at]) => (at === end ? end + (length as number) : -1), 0)).toBe(whole.length);
    const [length, at] = ranges.at(-1) as [number, number];
    const part = await get(new URL(file, base), { authorization, range: `bytes=${at}-${at + length - 1}` });
    expect([part.status, Buffer.from(await part.arrayBuffer()).equals(whole.subarray(at, at + length))]).toEqual([
      206,
      true,
    ]);
    expect(Number(bandwidth)).toBeGreaterThan(0);
  }
  expect(lengths[0]?.length).toBeGreaterThan(1);
  expect(lengths[1]).toEqual(lengths[0]);
  expect(lengths[2]).toEqual(lengths[0]);
});

test("FFmpeg plays it by a share link alone, and not by another's", async () => {
  const { body } = await server.ask("POST", `/api/v1/recordings/${recording.id}/shares`, {});
  const url = `${server.url}/api/v1/recordings/${recording.id}/hls/hls.m3u8?share=${body.token}`;
  const args = ["-v", "error", "-nostdin", "-i", url, "-map", "0:p:0", "-f", "null", "-"];
  const { stderr, exitCode } = await execa("ffmpeg", args, { reject: false });
  expect([exitCode, stderr]).toEqual([0, ""]);
  const shared = await (await get(`${server.url}/api/v1/shared?share=${body.token}`)).json();
  expect(shared.outputs.map(({ kind }: { kind: string }) => kind)).toContain("hls");
  expect((await get(url.replace(body.token, "tds_nothing"))).status).toBe(404);
  expect((await get(url.replace("hls.m3u8", "video.webm"))).status).toBe(404);
});

test("what is too small, and what is not ready, is refused in words", async () => {
  const { services, userId } = server;
  const id = await addRecording(services, userId, { audio: chunksOf("sp_odd_vp8", "audio") });
  const running = await server.ask("POST", `/api/v1/recordings/${id}/hls`);
  expect([running.status, running.body.code]).toEqual([409, "not_ready"]);
  await reach(services, id);
  const heard = await server.ask("POST", `/api/v1/recordings/${id}/hls`);
  expect([heard.status, heard.body.code]).toEqual([409, "too_small"]);
});

test("an MP4 that cannot be read is given up with a reason; what was there before is not offered any more", async () => {
  const { services } = server;
  const file = fileOf("mp4");
  await services.database.extra.updateMany({ where: { recordingId: recording.id }, data: { state: "failed" } });
  await writeFile(file, "no MP4");
  expect((await server.ask("POST", `/api/v1/recordings/${recording.id}/hls`)).status).toBe(202);
  const failed = await withAdaptive(recording.id, "failed");
  expect(failed.extras.find(({ kind }) => kind === "adaptive")?.failureMessage).toMatch(/damaged/);
});
