/** The contract of the motion JPEG system from start to download: real server, worker, FFmpeg, Redis and sources. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { decodeErrors, readMediaFacts } from "@/tests/support/media-facts";
import { type MjpegSource, makeJpegs, type SourceOptions, startMjpegSource } from "@/tests/support/mjpeg-source";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** What is promised of a recording's length. */
const LENGTH_TOLERANCE_MS = 50;
/** A worker hears of a stop through Redis; pictures come until then, and are in the file (on a busy machine 101 ms were seen). */
const HEARING_MS = 1000;

let server: TestServer;
let worker: RunningWorker;
let jpegs: Buffer[];
const sources: MjpegSource[] = [];
const players: (() => void)[] = [];

beforeAll(async () => {
  server = await startTestServer({ OUTBOUND_NETWORKS: "127.0.0.1", MJPEG_STALL_SECONDS: "2" });
  worker = await startWorker(server.services);
  jpegs = await makeJpegs(30);
});
afterEach(async () => {
  for (const stop of players.splice(0)) stop();
  for (const source of sources.splice(0)) await source.close();
});
afterAll(async () => {
  await worker.close();
  await server.stop();
});

async function source(options: SourceOptions = {}): Promise<MjpegSource> {
  const made = await startMjpegSource(options);
  sources.push(made);
  return made;
}

async function start(url: string, more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await server.ask("POST", "/podsinspace/recording/start", { stream_url: url, ...more });
  expect(body).toMatchObject({ success: true });
  expect(status).toBe(200);
  return body.recording_id;
}

const statusOf = async (id: string) => (await server.ask("GET", `/podsinspace/recording/status/${id}`)).body;
const streamOf = async (id: string) => (await server.ask("GET", `/api/v1/mjpeg-captures/${id}`)).body;

/** Waits until as many pictures were taken; the count is told every few seconds. */
async function frames(id: string, count: number): Promise<void> {
  await eventually(async () => expect((await streamOf(id)).frames).toBeGreaterThanOrEqual(count));
}

async function stop(id: string): Promise<{ message: string; file: string; filename: string }> {
  const { body } = await server.ask("POST", `/podsinspace/recording/stop/${id}`);
  expect(body).toMatchObject({ success: true });
  expect(body.message).toMatch(/Size: \d+\.\d\d MB/);
  const response = await fetch(`${server.url}${body.download_url}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("video/mp4");
  const filename = body.download_url.split("/").at(-1);
  expect(response.headers.get("content-disposition")).toContain(filename);
  const file = path.join(server.services.config.DATA_DIR, `${id}.mp4`);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return { message: body.message, file, filename };
}

describe("a recording of a stream", () => {
  it("is as long as it was recorded, whatever the rate, and an ordinary MP4", async () => {
    const stream = await source();
    const id = await start(stream.url);
    expect(id).toMatch(/^\d{8}_\d{6}(_\d+)?$/);
    await stream.connected();
    const beganAt = Date.now();
    // From 200 a second to 2 a second, and back.
    players.push(stream.play(jpegs, (index) => (index % 40 < 20 ? 5 : (index * 37) % 500)));
    await frames(id, 60);
    expect(await statusOf(id)).toMatchObject({
      status: "recording",
      filename: expect.stringMatching(/^stream_recording_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(_\d+)?\.mp4$/),
    });
    const askedAt = Date.now();
    const { file, filename } = await stop(id);
    const facts = await readMediaFacts(file);
    expect(facts.video).toMatchObject({ codec: "h264", width: 320, height: 240, startSeconds: 0 });
    // From the first picture's arrival to the request to stop, as the server knew them, and those are what happened.
    const { streamCapture, track } = server.services.database;
    const { stopRequestedAt, recordingId } = await streamCapture.findFirstOrThrow({ where: { alias: id } });
    const { startedAtMs } = await track.findFirstOrThrow({ where: { recordingId: recordingId as string } });
    expect(Number(startedAtMs)).toBeGreaterThanOrEqual(Math.floor(beganAt));
    expect(stopRequestedAt?.getTime()).toBeGreaterThanOrEqual(askedAt);
    const recordedMs = (stopRequestedAt as Date).getTime() - Number(startedAtMs);
    const longerMs = facts.durationSeconds * 1000 - recordedMs;
    expect(longerMs).toBeGreaterThan(-LENGTH_TOLERANCE_MS);
    expect(longerMs).toBeLessThan(LENGTH_TOLERANCE_MS + HEARING_MS);
    expect(await decodeErrors(file)).toBe("");
    expect(await statusOf(id)).toMatchObject({
      status: "completed",
      filename,
      download_url: `/podsinspace/recording/download/${filename}`,
    });
    const listed = (await server.ask("GET", "/api/v1/recordings")).body.recordings[0];
    expect(listed).toMatchObject({ state: "ready", source: "mjpeg", gaps: [] });
  });

  it("has a gap where the source was away, and goes on", async () => {
    const stream = await source();
    const id = await start(stream.url, { recording_id: "front-door" });
    expect(id).toBe("front-door");
    await stream.connected();
    let stopPlaying = stream.play(jpegs, () => 50);
    players.push(() => stopPlaying());
    await frames(id, 20);
    // Connected and silent, until it is given up and connected to again.
    stopPlaying();
    await eventually(async () =>
      expect(await streamOf(id)).toMatchObject({ state: "lost", message: "No picture came for 2 s." }),
    );
    await eventually(() => expect(stream.connections).toBe(2));
    stopPlaying = stream.play(jpegs, () => 50);
    await frames(id, 40);
    const { file } = await stop(id);
    const { recordingId } = await streamOf(id);
    const { gaps, durationMs } = (await server.ask("GET", `/api/v1/recordings/${recordingId}`)).body;
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ code: "source_silent" });
    expect(gaps[0].toMs - gaps[0].fromMs).toBeGreaterThan(2000);
    expect((await readMediaFacts(file)).durationSeconds * 1000).toBeCloseTo(durationMs, -2);
  });

  it("leaves broken pictures out, counts them, and fits those of another size in", async () => {
    const stream = await source({ part: () => "--tape-part\r\n\r\n" });
    const [larger] = await makeJpegs(1, "640x480");
    const id = await start(stream.url);
    await stream.connected();
    const whole = jpegs[0] as Buffer;
    const mixed = [whole, (jpegs[1] as Buffer).subarray(0, 900), larger as Buffer, jpegs[2] as Buffer];
    players.push(stream.play(mixed, () => 40));
    await frames(id, 30);
    expect((await streamOf(id)).brokenFrames).toBeGreaterThan(0);
    const { file } = await stop(id);
    expect((await readMediaFacts(file)).video).toMatchObject({ width: 320, height: 240 });
    expect(await decodeErrors(file)).toBe("");
  });

  it.each(["hevc", "vp8"])("can be recorded as %s", async (codec) => {
    const stream = await source();
    const id = await start(stream.url, { codec, preset: "ultrafast", crf: 30, bitrate_bps: 500_000 });
    await stream.connected();
    players.push(stream.play(jpegs, () => 60));
    await frames(id, 20);
    const { file } = await stop(id);
    const facts = await readMediaFacts(file);
    // MP4 carries no VP8: its recording is kept as WebM and compiled to H.264.
    expect(facts.video?.codec).toBe(codec === "vp8" ? "h264" : "hevc");
    expect(await decodeErrors(file)).toBe("");
  });

  it("ends by itself at its longest", async () => {
    const stream = await source();
    players.push(stream.play(jpegs, () => 50));
    const id = await start(stream.url, { max_seconds: 2 });
    await eventually(async () => expect(await statusOf(id)).toMatchObject({ status: "completed" }));
    const { endedAt, recordingId } = await streamOf(id);
    expect(endedAt).not.toBeNull();
    expect((await server.ask("GET", `/api/v1/recordings/${recordingId}`)).body.durationMs).toBeLessThan(
      2000 + LENGTH_TOLERANCE_MS,
    );
  });

  it("begins when its time has come", async () => {
    const stream = await source();
    players.push(stream.play(jpegs, () => 50));
    const startAt = new Date(Date.now() + 2500);
    const id = await start(stream.url, { start_at: startAt.toISOString(), max_seconds: 1 });
    expect(await statusOf(id)).toMatchObject({ status: "scheduled", file_size: 0 });
    await eventually(async () => expect(await statusOf(id)).toMatchObject({ status: "completed" }));
    const { recordingId } = await streamOf(id);
    const { createdAt } = (await server.ask("GET", `/api/v1/recordings/${recordingId}`)).body;
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(startAt.getTime());
  });
});

describe("a source with a password", () => {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const digestSource = () =>
    source({
      answer(request, response) {
        const header = request.headers.authorization ?? "";
        const part = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(header)?.[1] ?? "";
        const secret = md5("cam:door:p@ss/word");
        const expected = md5(`${secret}:n1:${part("nc")}:${part("cnonce")}:auth:${md5("GET:/stream")}`);
        if (header.startsWith("Digest") && part("response") === expected) return false;
        response.writeHead(401, { "www-authenticate": 'Digest realm="door", nonce="n1", qop="auth"' }).end();
        return true;
      },
    });

  it("is read with what the address holds, which nobody sees again", async () => {
    const stream = await digestSource();
    const url = stream.url.replace("http://", "http://cam:p%40ss%2Fword@");
    const id = await start(url, { max_seconds: 60 });
    await stream.connected();
    players.push(stream.play(jpegs, () => 50));
    await frames(id, 5);
    const shown = await streamOf(id);
    expect(shown.url).toBe(stream.url.replace("http://", "http://cam:***@"));
    const row = await server.services.database.streamCapture.findUniqueOrThrow({ where: { id: shown.id } });
    expect(JSON.stringify({ ...row, maxBytes: 0 })).not.toContain("ss%2Fword");
    await stop(id);
  });

  it("says so when it is wrong, and keeps trying", async () => {
    const stream = await digestSource();
    const id = await start(stream.url.replace("http://", "http://cam:wrong@"));
    await eventually(async () =>
      expect(await streamOf(id)).toMatchObject({
        state: "lost",
        message: "The source refuses the user name and password.",
      }),
    );
    const { body } = await server.ask("POST", `/podsinspace/recording/stop/${id}`);
    expect(body).toMatchObject({ success: false, download_url: "" });
    expect(body.message).toContain("no file");
    expect(await statusOf(id)).toMatchObject({ status: "failed" });
  });
});

describe("what is refused", () => {
  it.each([
    ["file:///etc/hostname", "address_invalid"],
    ["http://127.0.0.2/stream", "address_not_allowed"],
    ["http://[::1]/stream", "address_not_allowed"],
    ["http://2130706434/stream", "address_not_allowed"],
    ["nonsense", "address_invalid"],
  ])("%s as an address", async (url, code) => {
    const { status, body } = await server.ask("POST", "/podsinspace/recording/start", { stream_url: url });
    expect(status).toBe(400);
    expect(body.code).toBe(code);
  });

  it("an id that is taken, or would not do as one", async () => {
    const stream = await source();
    await start(stream.url, { recording_id: "taken", max_seconds: 1 });
    expect(
      (await server.ask("POST", "/podsinspace/recording/start", { stream_url: stream.url, recording_id: "taken" }))
        .body,
    ).toMatchObject({ code: "recording_id_taken" });
    expect(
      (await server.ask("POST", "/podsinspace/recording/start", { stream_url: stream.url, recording_id: "../x" }))
        .status,
    ).toBe(400);
  });

  it("everybody else's recordings", async () => {
    const stream = await source();
    const id = await start(stream.url, { max_seconds: 1 });
    const { filename } = await streamOf(id);
    const { token } = await server.addUser();
    for (const [method, address] of [
      ["GET", `/podsinspace/recording/status/${id}`],
      ["POST", `/podsinspace/recording/stop/${id}`],
      ["GET", `/podsinspace/recording/download/${filename}`],
      ["GET", `/api/v1/mjpeg-captures/${id}`],
    ] as const) {
      expect((await server.ask(method, address, undefined, token)).status).toBe(404);
      expect((await server.ask(method, address, undefined, null)).status).toBe(401);
    }
    expect((await server.ask("GET", "/api/v1/mjpeg-captures", undefined, token)).body).toEqual([]);
  });

  it("a redirect to an address that may not be reached", async () => {
    const stream = await source({
      answer(_request, response) {
        response.writeHead(302, { location: "http://127.0.0.2:9/stream" }).end();
        return true;
      },
    });
    const id = await start(stream.url);
    await eventually(async () => expect((await streamOf(id)).message).toContain("may not connect"));
    await server.ask("POST", `/podsinspace/recording/stop/${id}`);
  });
});
