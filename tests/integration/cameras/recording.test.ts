/** Cameras that nobody here wrote are recorded: every picture that was sent is in the segments, once, in order. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CameraServer, packetDigests, startCameraServer } from "@/tests/support/camera-server";
import { eventually } from "@/tests/support/eventually";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { startTlsFront, type TlsFront } from "@/tests/support/tls-front";
import { type RunningWorker, startWorker } from "@/worker/worker";

const SECONDS = 5;

let cameras: CameraServer;
let guarded: Record<"digest" | "basic", CameraServer>;
let datagrams: CameraServer;
let front: TlsFront;
let datagramsFront: TlsFront;
let server: TestServer;
let worker: RunningWorker;
/** When each camera's stream had ended, for the first time. */
const ends = new Map<string, string>();

const GUARDED = { secret: { video: "h264", seconds: SECONDS } } as const;
const VIEWER: [string, string] = ["viewer", "p@ss:word"];

beforeAll(async () => {
  const [open, digest, basic, udp, started] = await Promise.all([
    startCameraServer({
      plain: { video: "h264", audio: "aac", seconds: SECONDS },
      reordered: { video: "h264", reordered: 2, seconds: SECONDS },
      hevc: { video: "h265", reordered: 2, audio: "opus", seconds: SECONDS },
      alaw: { video: "h264", audio: "alaw", beeps: true, seconds: SECONDS },
      jpeg: { video: "jpeg", audio: "aac", seconds: SECONDS },
      mpeg4: { video: "mpeg4", seconds: SECONDS },
      l16: { video: "h264", audio: "l16", beeps: true, seconds: SECONDS },
      mulaw: { video: "h264", audio: "mulaw", beeps: true, seconds: SECONDS },
    }),
    startCameraServer(GUARDED, { digest: VIEWER }),
    startCameraServer(GUARDED, { basic: VIEWER }),
    startCameraServer({ udp: { video: "h264", audio: "aac", seconds: SECONDS } }, { udp: true }),
    startTestServer({ OUTBOUND_NETWORKS: "127.0.0.1", SEGMENT_SECONDS: "2", CAMERA_THUMBNAIL_SECONDS: "2" }),
  ]);
  [cameras, guarded, datagrams, server] = [open, { digest, basic }, udp, started];
  front = await startTlsFront(cameras.port);
  datagramsFront = await startTlsFront(datagrams.port);
  worker = await startWorker(server.services);
});

afterAll(async () => {
  await worker?.close();
  await server?.stop();
  await cameras?.dispose();
  await guarded?.digest.dispose();
  await guarded?.basic.dispose();
  await datagrams?.dispose();
  await front?.close();
  await datagramsFront?.close();
});

/** Adds a camera and has it recorded until its stream ends; then stops it. */
async function recordToTheEnd(id: string, url: string) {
  const { status, body } = await server.ask("POST", "/api/v1/cameras", { id, name: id, url, start: true });
  expect(status, JSON.stringify(body)).toBe(201);
  const gap = await eventually(async () => {
    const row = await server.services.database.cameraGap.findFirst({ where: { cameraId: id, code: "closed" } });
    expect(row).not.toBeNull();
    return row as NonNullable<typeof row>;
  });
  ends.set(id, gap.fromAt.toISOString());
  expect((await server.ask("POST", `/api/v1/recording/stop/${id}`)).status).toBe(200);
  await eventually(async () => {
    expect((await server.ask("GET", `/api/v1/cameras/${id}`)).body.state).toBe("stopped");
  });
  const rows = await server.services.database.cameraSegment.findMany({
    where: { cameraId: id, startedAt: { lt: gap.fromAt } },
    orderBy: { startedAt: "asc" },
  });
  return { rows, files: rows.map(({ filename }) => server.services.cameras.file(id, filename)) };
}

async function digestsOf(files: string[], stream: "video" | "audio"): Promise<string[]> {
  return (await Promise.all(files.map((file) => packetDigests(file, stream)))).flat();
}

async function expectSamePictures(files: string[], source: string): Promise<void> {
  const [got, sent] = await Promise.all([digestsOf(files, "video"), packetDigests(source, "video")]);
  expect(got.length).toBe(sent.length);
  expect(got.findIndex((digest, index) => digest !== sent[index])).toBe(-1);
}

test.each([
  ["H.264 with AAC", "plain", "h264", "aac"],
  ["H.264 with B pictures and no sound", "reordered", "h264", null],
  ["H.265 with B pictures and Opus", "hevc", "h265", "opus"],
])("%s is recorded across the boundaries of segments", async (_name, id, videoCodec, audioCodec) => {
  const { rows, files } = await recordToTheEnd(id, `rtsp://127.0.0.1:${cameras.port}/${id}`);
  expect(rows.length).toBeGreaterThanOrEqual(2);
  expect(rows[0]).toMatchObject({ videoCodec, audioCodec, width: 192, height: 108, cause: null });
  expect(rows[0]?.filename).toMatch(/^\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.ts$/);
  // Cut once in each period of the clock, at its first key frame, whenever that has come.
  const periods = rows.map(({ startedAt }) => Math.floor(startedAt.getTime() / 2000));
  expect(periods).toEqual([...new Set(periods)]);
  expect(await digestsOf(files, "video")).toEqual(await packetDigests(cameras.file(id), "video"));
  if (audioCodec !== null) {
    const [got, sent] = await Promise.all([digestsOf(files, "audio"), packetDigests(cameras.file(id), "audio")]);
    // What lies before the first picture cannot be heard with one; nothing else is missing.
    expect(sent.join()).toContain(got.join());
    expect(sent.length - got.length).toBeLessThan(12);
  }
});

test("a camera that sends over UDP alone is recorded like another", async () => {
  const { files } = await recordToTheEnd("udp", `rtsp://127.0.0.1:${datagrams.port}/udp`);
  await expectSamePictures(files, datagrams.file("udp"));
  const [got, sent] = await Promise.all([digestsOf(files, "audio"), packetDigests(datagrams.file("udp"), "audio")]);
  expect(sent.join()).toContain(got.join());
  expect(sent.length - got.length).toBeLessThan(12);
});

test("datagrams beside an encrypted connection are refused, since they would not be", async () => {
  const url = `rtsps://127.0.0.1:${datagramsFront.port}/udp`;
  const { body } = await server.ask("POST", "/api/v1/camera-tests", { url });
  expect(body).toMatchObject({ ok: false, code: "unsupported", message: expect.stringMatching(/UDP alone.+RTSPS/) });
});

/** How alike two films are, picture by picture (SSIM, 1: the same), and how many pictures were compared. */
async function likeness(film: string, source: string): Promise<{ ssim: number; pictures: number }> {
  const same = "scale=out_range=tv:out_color_matrix=bt709,format=yuv420p,settb=1/25,setpts=N";
  const graph = `[0:v]${same}[one];[1:v]${same}[other];[one][other]ssim`;
  const { stderr } = await execa("ffmpeg", ["-i", film, "-i", source, "-lavfi", graph, "-f", "null", "-"]);
  return {
    ssim: Number(/SSIM .*All:([\d.]+)/.exec(stderr)?.[1]),
    pictures: Number([...stderr.matchAll(/frame=\s*(\d+)/g)].at(-1)?.[1]),
  };
}

test.each(["jpeg", "mpeg4"])("%s becomes H.264, picture by picture, at the times it was sent", async (id) => {
  const url = `rtsp://127.0.0.1:${cameras.port}/${id}`;
  const { body: seen } = await server.ask("POST", "/api/v1/camera-tests", { url });
  expect(seen, JSON.stringify(seen)).toMatchObject({ ok: true, videoCodec: "h264", width: 192 });
  expect(seen.picture).toMatch(/^data:image\/jpeg/);
  expect(seen.message).toMatch(/it sends (JPEG|MP4V-ES), of which H.264 is made/);
  const { rows, files } = await recordToTheEnd(id, url);
  expect(rows.length).toBeGreaterThanOrEqual(2);
  expect(rows[0]).toMatchObject({ videoCodec: "h264", width: 192, cause: null });
  const film = path.join(path.dirname(files[0] as string), "film.ts");
  await writeFile(film, Buffer.concat(await Promise.all(files.map((file) => readFile(file)))));
  // Transcoded at a quality that is hard to tell from the source; a picture that is missing or twice shifts all behind it.
  const { ssim, pictures } = await likeness(film, cameras.file(id));
  expect(pictures).toBe(SECONDS * 25);
  expect(ssim).toBeGreaterThan(0.95);
  const args = ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0"];
  const { stdout } = await execa("ffprobe", [...args, files[0] as string]);
  const times = (stdout.match(/^[\d.]+/gm) ?? []).map(Number);
  expect(times.length).toBeGreaterThan(1);
  const steps = times.slice(1).map((time, index) => time - (times[index] as number));
  // FLV counts milliseconds.
  for (const step of steps) expect(Math.abs(step - 0.04)).toBeLessThanOrEqual(0.0011);
});

/** Sound lies within 40 ms of its clock (SoundEncoder), which is within 20 ms of the sender's (SessionClock); packets are 20 ms, AAC spreads an onset. */
const SOUND_TOLERANCE_SECONDS = 0.1;
/** An eighth of the tone's amplitude: echoes of it that the encoder puts before are below. */
const LOUD = 2048;

test.each([
  ["alaw", "g711"],
  ["mulaw", "g711"],
  ["l16", "pcm"],
])("samples (%s) become AAC that is heard with its pictures", async (id, name) => {
  const url = `rtsp://127.0.0.1:${cameras.port}/${id}`;
  const { body: seen } = await server.ask("POST", "/api/v1/camera-tests", { url });
  expect(seen).toMatchObject({ ok: true, audioCodec: name, skippedAudio: null });
  const { rows, files } = await recordToTheEnd(id, url);
  expect(rows[0]).toMatchObject({ videoCodec: "h264", audioCodec: "aac" });
  expect(await digestsOf(files, "video")).toEqual(await packetDigests(cameras.file(id), "video"));
  const loud = new Set<number>();
  let pictures = 0;
  for (const file of files) {
    for (const seconds of await loudSeconds(file)) loud.add(Math.round(100 * (seconds + pictures / 25)));
    pictures += (await packetDigests(file, "video")).length;
  }
  const inOrder = [...loud].sort((one, other) => one - other);
  const onsets = inOrder.filter((at, index) => at - (inOrder[index - 1] ?? 0) > 30);
  expect(onsets).toHaveLength(2);
  for (const [index, onset] of onsets.entries()) {
    expect(Math.abs(onset / 100 - (1 + 2 * index))).toBeLessThan(SOUND_TOLERANCE_SECONDS);
  }
});

/** Where something is heard in a segment, every hundredth of a second, in seconds from its first picture. */
async function loudSeconds(file: string): Promise<number[]> {
  const decode = ["-v", "error", "-i", file, "-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
  const samples = Buffer.from((await execa("ffmpeg", decode, { encoding: "buffer" })).stdout);
  const startOf = async (stream: "v" | "a") => {
    const entries = ["-show_entries", "stream=start_time", "-of", "csv=p=0", file];
    return Number.parseFloat((await execa("ffprobe", ["-v", "error", "-select_streams", stream, ...entries])).stdout);
  };
  const beginsSeconds = (await startOf("a")) - (await startOf("v"));
  const found: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const peak = Math.max(...Array.from({ length: 80 }, (_, index) => Math.abs(samples.readInt16LE(at + 2 * index))));
    if (peak > LOUD) found.push(beginsSeconds + at / 16_000);
  }
  return found;
}

test.each(["digest", "basic"] as const)(
  "%s authentication is answered, and a password that is wrong is said",
  async (kind) => {
    const { port } = guarded[kind];
    const url = `rtsp://127.0.0.1:${port}/secret`;
    const wrong = await server.ask("POST", "/api/v1/camera-tests", { url, username: "viewer", password: "no" });
    expect(wrong.body).toMatchObject({ ok: false, code: "wrong_password", message: "Wrong password." });
    const right = await server.ask("POST", "/api/v1/camera-tests", { url, username: "viewer", password: "p@ss:word" });
    expect(right.body).toMatchObject({ ok: true, code: null, videoCodec: "h264", width: 192, height: 108 });
    expect(right.body.picture).toMatch(/^data:image\/jpeg;base64,/);

    const added = await server.ask("POST", "/api/v1/cameras", {
      ...{
        id: kind,
        name: "Secret",
        url: `rtsp://viewer:p%40ss%3Aword@127.0.0.1:${port}/secret`,
        start: true,
      },
    });
    expect(added.body.url).toBe(`rtsp://viewer:***@127.0.0.1:${port}/secret`);
    await eventually(async () => {
      const { body } = await server.ask("GET", `/api/v1/recording/status/${kind}`);
      expect(body).toMatchObject({ camera_id: kind, status: "recording", rtsp_url: added.body.url });
      expect(body.segment_count).toBeGreaterThan(0);
    });
    await server.ask("POST", `/api/v1/cameras/${kind}/stop`);
  },
);

test("RTSPS: what comes over TLS is recorded like the rest", async () => {
  const { files } = await recordToTheEnd("by-tls", `rtsps://localhost:${front.port}/plain`);
  await expectSamePictures(files, cameras.file("plain"));
});

test("what there is can be played, looked at, and made a recording of", async () => {
  const { body: segments } = await server.ask("GET", "/api/v1/cameras/plain/segments");
  const from = segments.segments.at(-1).startedAt;
  const to = new Date(Date.parse(segments.segments[0].endedAt) + 10_000).toISOString();
  const query = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
  const { status, body: text } = await server.ask("GET", `/api/v1/cameras/plain/range.m3u8?${query}`);
  expect(status).toBe(200);
  expect(text).toMatch(/#EXT-X-DISCONTINUITY\n/);
  const [, length, offset, url] = /BYTERANGE:(\d+)@(\d+)\n(\S+)/.exec(text) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const last = Number(offset) + Number(length) - 1;
  const headers = { authorization: `Bearer ${server.token}`, range: `bytes=${offset}-${last}` };
  const piece = await fetch(`${server.url}${url}`, { headers });
  expect(piece.status).toBe(206);
  const bytes = Buffer.from(await piece.arrayBuffer());
  const { stdout } = await execa("ffprobe", ["-v", "error", "-show_entries", "stream=codec_name", "-"], {
    input: bytes,
  });
  expect(stdout).toContain("h264");

  const timeline = await server.ask("GET", `/api/v1/cameras/plain/timeline?${query}`);
  expect(timeline.body.spans.length).toBeGreaterThan(0);
  const [thumbnail] = timeline.body.thumbnails;
  const picture = await fetch(`${server.url}${thumbnail.url}`, { headers: { authorization: headers.authorization } });
  expect(picture.headers.get("content-type")).toBe("image/jpeg");

  const stranger = await server.addUser();
  expect((await server.ask("GET", url, undefined, stranger.token)).status).toBe(404);
  expect((await server.ask("GET", thumbnail.url, undefined, stranger.token)).status).toBe(404);
  expect((await server.ask("GET", url, undefined, null)).status).toBe(401);

  // The whole of what was recorded first, over its segments.
  const end = ends.get("plain");
  const asked = await server.ask("POST", "/api/v1/cameras/plain/exports", { from, to: end, title: "Exported" });
  expect(asked.status).toBe(202);
  const recording = await eventually(async () => {
    const { body } = await server.ask("GET", `/api/v1/recordings/${asked.body.id}`);
    expect(body.state, JSON.stringify(body.failure)).toBe("ready");
    return body;
  });
  expect(recording).toMatchObject({ source: "camera", title: "Exported", width: 192, height: 108 });
  const exported = server.services.folder.file(recording.id, `${recording.id}.mp4`);
  await expectSamePictures([exported], cameras.file("plain"));
});
