/** A short run of `npm run torture:kill`, and what it found. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { beginTrack, finishTrack } from "@/lib/server/recordings/lifecycle";
import { startTestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";
import { SeededRandom } from "@/tests/torture/support/seeded-random";
import { killServer } from "@/tests/torture/support/server-kills";
import { Tally } from "@/tests/torture/support/tally";

test("a dozen kills of the server, or as many as half a minute has room for, lose no acknowledged byte, repeat none and leave no recording behind", async () => {
  const tally = new Tally();
  const random = SeededRandom.from(undefined);
  const facts = await killServer({ kills: 12, recordings: 10, maxSeconds: 30, random, tally });
  console.log(facts);
  expect(tally.findings).toEqual([]);
  expect(facts.kills).toBeGreaterThan(0);
  expect(Number(facts["recordings finished by their page"])).toBeGreaterThan(0);
});

test("a server that acknowledges before it writes is found out", async () => {
  const tally = new Tally();
  const random = SeededRandom.from(undefined);
  await killServer({ kills: 30, recordings: 10, maxSeconds: 240, random, tally, isHasty: true });
  expect(tally.lostBytes).toBeGreaterThan(0);
});

test("a recording ends whose last track was finished just before its server died", async () => {
  const server = await startTestServer();
  try {
    const { id } = (await server.ask("POST", "/api/v1/recordings", { tracks: ["video"] })).body;
    // What a server leaves that is killed between the track's row and the recording's.
    const bytes = Buffer.from("the whole track");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await writeFile(server.services.folder.file(id, "video.webm"), bytes);
    await beginTrack(server.services, id, 1, "video");
    await finishTrack(server.services, id, 1, "video", { sizeBytes: bytes.length, sha256 });

    const client = new TrackClient(server.url, `/ws/video?session=${id}`, server.token);
    expect(await client.hear("ready")).toMatchObject({ offset: bytes.length });
    client.send({ type: "finish", offset: bytes.length, sha256 });
    await client.hear("finished");
    expect((await server.ask("GET", `/api/v1/recordings/${id}`)).body).toMatchObject({ state: "stopped" });
  } finally {
    await server.stop();
  }
});
