/** What is made of a finished recording beside its MP4: previews by themselves, the sound alone on request. */
import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waveformFile } from "@/lib/media/waveform";
import { checkLibrary } from "@/lib/server/check/check-library";
import { readManifest } from "@/lib/server/recordings/manifest";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { addRecording, captureContent, chunksOf } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { audioOf, probeFile } from "@/tests/integration/compile/media-facts";
import { eventually } from "@/tests/support/eventually";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

let server: TestServer;
let worker: RunningWorker;
let recording: RecordingWithParts;

beforeAll(async () => {
  server = await startTestServer({ PREVIEWS: "true" });
  worker = await startWorker(server.services);
  const id = await addRecording(server.services, server.userId, captureContent("sp_odd_vp8"));
  await reach(server.services, id);
  recording = await withExtra(id, "preview");
});

afterAll(async () => {
  await worker.close();
  await server.stop();
});

/** Waits until an extra is there, or was given up. */
async function withExtra(id: string, kind: string, state = "made"): Promise<RecordingWithParts> {
  return eventually(async () => {
    const row = await server.services.database.recording.findUniqueOrThrow({ where: { id }, include: WITH_PARTS });
    expect(row.extras.find((extra) => extra.kind === kind)).toMatchObject({ state });
    return row;
  });
}

function get(path: string): Promise<Response> {
  return fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${server.token}`, connection: "close" } });
}

function fileOf(kind: string): string {
  const output = recording.outputs.find((each) => each.kind === kind);
  if (output === undefined) throw new Error(`there is no ${kind}`);
  return server.services.folder.file(recording.id, output.filename);
}

test("a finished recording gets a poster, a strip and a waveform, with rows, a manifest, and nothing left over", async () => {
  const kinds = ["mp4", "poster", "strip", "strip_vtt", "thumbnail", "waveform"];
  expect(recording.outputs.map(({ kind }) => kind)).toEqual(kinds);
  await eventually(async () => {
    const manifest = await readManifest(server.services, recording.id);
    expect(manifest?.outputs.map(({ kind }) => kind)).toEqual(kinds);
    expect(await readdir(server.services.folder.folder(recording.id))).not.toContain("work");
  });
  const { findings } = await checkLibrary(server.services, { deep: true });
  expect(findings).toEqual([]);
});

test("the strip has the picture of each second where the WebVTT says it is", async () => {
  const { body: resource } = await server.ask("GET", `/api/v1/recordings/${recording.id}`);
  const urls = Object.fromEntries(
    resource.outputs.map((output: { kind: string; url: string }) => [output.kind, output.url]),
  );
  const response = await get(urls.strip_vtt);
  expect(response.headers.get("content-type")).toContain("text/vtt");
  const text = await response.text();
  const cues = [...text.matchAll(/--> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g)];
  expect(cues).toHaveLength(Math.ceil((recording.durationMs as number) / 1000));
  // As a player finds it: from the address of the WebVTT file.
  const strip = await get(
    new URL(cues[0]?.[2] as string, `${server.url}${urls.strip_vtt}`).href.slice(server.url.length),
  );
  expect([strip.status, strip.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  const [image] = probeFile(fileOf("strip")).streams;
  expect(image).toMatchObject({ width: 160 * Math.min(10, cues.length) });
  for (const [index, second] of [
    [0, 0],
    [cues.length - 2, cues.length - 2],
  ] as const) {
    const [x, y, width, height] = (cues[index] ?? []).slice(3).map(Number) as [number, number, number, number];
    const crop = grey(fileOf("strip"), [], `crop=${width}:${height}:${x}:${y},scale=16:9`);
    const frame = grey(fileOf("mp4"), ["-ss", String(second)], "scale=160:90,scale=16:9");
    const difference = frame.reduce((sum, value, at) => sum + Math.abs(value - (crop[at] as number)), 0) / frame.length;
    expect(difference).toBeLessThan(MAX_DIFFERENCE);
  }
});

/** Of 256 steps of grey, on average: JPEG at this size, against another frame of the same second. */
const MAX_DIFFERENCE = 12;

function grey(file: string, input: string[], filter: string): Buffer {
  const args = [...input, "-i", file, "-vf", filter, "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"];
  return execFileSync("ffmpeg", ["-nostdin", "-v", "error", ...args]);
}

test("the waveform lasts as long as the recording and is not silent", async () => {
  const response = await get(`/api/v1/recordings/${recording.id}/waveform`);
  const waveform = waveformFile.parse(await response.json());
  expect(waveform.durationMs).toBe(recording.durationMs);
  expect(waveform.peaks.length).toBeGreaterThan(100);
  expect(Math.max(...waveform.peaks)).toBeGreaterThan(10);
});

test("the sound alone is made when somebody asks, and is the same packets", async () => {
  const path = `/api/v1/recordings/${recording.id}/m4a`;
  expect((await get(path)).status).toBe(404);
  expect((await server.ask("POST", path)).status).toBe(202);
  recording = await withExtra(recording.id, "sound");
  expect((await server.ask("POST", path)).status).toBe(200);
  const response = await get(`${path}?download=1`);
  expect(response.headers.get("content-type")).toBe("audio/mp4");
  expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename=".*\.m4a"/);
  expect(probeFile(fileOf("m4a")).streams).toHaveLength(1);
  expect(audioOf(fileOf("m4a"))?.nb_read_packets).toBe(audioOf(fileOf("mp4"))?.nb_read_packets);
});

test("compiling anew makes the extras anew, from the new file", async () => {
  const { services } = server;
  const before = recording.outputs.find(({ kind }) => kind === "m4a")?.createdAt as Date;
  const requestedAt = new Date();
  await services.database.recording.update({
    where: { id: recording.id },
    data: { state: "stopped", compileRequestedAt: requestedAt, compileAttempts: 0 },
  });
  await services.compileQueue.add({ recordingId: recording.id, requestedAtMs: requestedAt.getTime() }, 1);
  await eventually(async () => {
    const rows = await services.database.output.findMany({ where: { recordingId: recording.id } });
    expect(rows.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["m4a", "strip", "waveform"]));
    expect(rows.every(({ createdAt }) => createdAt > before)).toBe(true);
  });
  recording = await withExtra(recording.id, "sound");
});

test("a recording of sound alone has a waveform and no pictures; one that is not ready has no extras", async () => {
  const { services, userId } = server;
  const id = await addRecording(services, userId, { audio: chunksOf("sp_odd_vp8", "audio") });
  expect((await server.ask("POST", `/api/v1/recordings/${id}/m4a`)).status).toBe(409);
  await reach(services, id);
  const heard = await withExtra(id, "preview");
  expect(heard.outputs.map(({ kind }) => kind)).toEqual(["mp4", "thumbnail", "waveform"]);
});

test("what cannot be made is given up with a reason, and can be asked for again", async () => {
  const { services, userId } = server;
  const id = await addRecording(services, userId, { audio: chunksOf("sp_odd_vp8", "audio") });
  await reach(services, id);
  const ready = await withExtra(id, "preview");
  const mp4 = ready.outputs.find(({ kind }) => kind === "mp4");
  const file = services.folder.file(id, mp4?.filename as string);
  const whole = await readFile(file);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(file, "no MP4");
  await server.ask("POST", `/api/v1/recordings/${id}/m4a`);
  const failed = await withExtra(id, "sound", "failed");
  expect(failed.extras.find(({ kind }) => kind === "sound")?.failureMessage).toMatch(/damaged/);
  await writeFile(file, whole);
  expect((await server.ask("POST", `/api/v1/recordings/${id}/m4a`)).status).toBe(202);
  await withExtra(id, "sound");
});
