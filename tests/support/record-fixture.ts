/** Makes recordings for the browser tests without a browser: a real capture, sent over the sockets. */
import { readFile } from "node:fs/promises";
import type { APIRequestContext } from "@playwright/test";
import { expect } from "@playwright/test";
import type { TokenResource } from "@/lib/protocol/accounts";
import type { RecordingResource } from "@/lib/protocol/recordings";
import { TrackClient } from "@/tests/support/track-client";

/** Twenty seconds of a camera and a microphone, as Chromium gave them. */
const CAPTURE = "tests/fixtures/captures/c20_h264_250";
const TRACKS = [
  { kind: "video", file: "video.mkv", mimeType: "video/x-matroska;codecs=avc1" },
  { kind: "audio", file: "audio.webm", mimeType: "audio/webm;codecs=opus" },
] as const;

type Kind = (typeof TRACKS)[number]["kind"];

/** @returns an API token of whoever is signed in */
export async function makeToken(request: APIRequestContext): Promise<string> {
  const response = await request.post("/api/v1/me/tokens", { data: { name: "Browser tests" } });
  expect(response.status()).toBe(201);
  return ((await response.json()) as TokenResource & { token: string }).token;
}

/** Begins a recording; nothing is sent yet. */
export async function beginRecording(request: APIRequestContext, title: string, kinds: Kind[]): Promise<string> {
  const response = await request.post("/api/v1/recordings", { data: { title, tracks: kinds } });
  expect(response.status()).toBe(201);
  return ((await response.json()) as RecordingResource).id;
}

/** Sends the whole capture to a recording that was begun. @param url of the server */
export async function sendCapture(url: string, token: string, id: string, kinds: readonly Kind[]): Promise<void> {
  await Promise.all(
    TRACKS.filter(({ kind }) => kinds.includes(kind)).map(async ({ kind, file, mimeType }) => {
      const bytes = await readFile(`${CAPTURE}/${file}`);
      const client = new TrackClient(url, `/ws/${kind}?session=${id}`, token);
      await client.hear("ready");
      client.send({ type: "start", mimeType, startedAtMs: Date.now(), browser: "chromium" });
      client.send(bytes);
      client.send({ type: "finish", offset: bytes.length });
      await client.hear("finished");
      await client.close();
    }),
  );
}

export async function getRecording(request: APIRequestContext, id: string): Promise<RecordingResource> {
  return (await request.get(`/api/v1/recordings/${id}`)).json();
}

/** A recording that is finished and compiled. @returns its id */
export async function makeRecording(
  request: APIRequestContext,
  url: string,
  token: string,
  title: string,
  kinds: Kind[] = ["video", "audio"],
): Promise<string> {
  const id = await beginRecording(request, title, kinds);
  await sendCapture(url, token, id, kinds);
  await expect(async () => expect((await getRecording(request, id)).state).toBe("ready")).toPass({ timeout: 60_000 });
  return id;
}
