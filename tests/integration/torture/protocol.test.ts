/** A short run of `npm run torture:protocol`, and what it found. */
import { stat } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRecording } from "@/lib/server/recordings/lifecycle";
import { LiveTrack } from "@/server/ingest/live-track";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { attacks, ProtocolAttack } from "@/tests/torture/support/protocol-attack";
import { Tally } from "@/tests/torture/support/tally";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ MAX_MESSAGES_PER_SECOND: "1000000", SYNC_INTERVAL_MS: "20" });
});
afterAll(() => server.stop());

test("whatever is sent, a file is exactly the messages that were taken", async () => {
  const tally = new Tally();
  const target = { url: server.url, token: server.token };
  const field = { target, folder: server.services.folder, tally, counts: new Map<string, number>() };
  await fc.assert(
    fc.asyncProperty(attacks, (steps) => new ProtocolAttack(field, steps).run()),
    { numRuns: 8 },
  );
  expect(tally.findings).toEqual([]);
});

test("nothing is appended to a track that is being finished, whoever sends it", async () => {
  const { services, userId } = server;
  const recordingId = await createRecording(services, { userId }, { tracks: ["video"] });
  const track = await LiveTrack.open(services, { recordingId, take: 1, kind: "video" }, userId, {
    onDurable: () => {},
    onFailure: () => {},
  });
  track.append(0, [Buffer.from("abc")]);
  await expect(track.finish({ offset: 4 })).rejects.toMatchObject({ code: "offset_mismatch" });
  track.append(3, [Buffer.from("d")]);
  const finished = track.finish({ offset: 4 });
  expect(() => track.append(4, [Buffer.from("e")])).toThrow(expect.objectContaining({ code: "track_finished" }));
  await finished;
  await track.close();
  expect((await stat(services.folder.file(recordingId, "video.webm"))).size).toBe(4);
});
