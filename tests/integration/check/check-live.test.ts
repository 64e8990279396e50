/** A check beside a server that records: recordings begin, grow, finish and are deleted while it looks. */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkLibrary } from "@/lib/server/check/check-library";
import { FINDINGS } from "@/lib/server/check/finding";
import { repair } from "@/lib/server/check/repair";
import { everyDigest } from "@/tests/integration/check/library";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";

const PIECE_BYTES = 20_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Enough for every kind of end to have been checked beside. */
const RECORDINGS = 12;
let made = 0;

/** Records one after the other until there are enough; every third is deleted while it runs. */
async function recordOn(): Promise<void> {
  while (made < RECORDINGS) {
    made += 1;
    const isDeleted = made % 3 === 0;
    const { id } = (await server.ask("POST", "/api/v1/recordings", { tracks: ["video"] })).body;
    const client = new TrackClient(server.url, `/ws/video?session=${id}`, server.token);
    await client.hear("ready");
    const hash = createHash("sha256");
    for (let piece = 1; piece <= 5; piece += 1) {
      const bytes = randomBytes(PIECE_BYTES);
      hash.update(bytes);
      client.send(bytes);
      await client.acknowledged(piece * PIECE_BYTES);
    }
    if (isDeleted) {
      await server.ask("DELETE", `/api/v1/recordings/${id}`);
    } else {
      client.send({ type: "finish", offset: 5 * PIECE_BYTES, sha256: hash.digest("hex") });
      await client.hear("finished");
    }
    await client.closed();
  }
}

it("finds nothing, and repairing changes nothing", async () => {
  const sources = Promise.all([recordOn(), recordOn(), recordOn()]);
  // Random bytes are no media: that is a note, and not what is looked for here.
  const problems = async (deep: boolean) => {
    const { findings, recordings } = await checkLibrary(server.services, { deep });
    await repair(server.services, findings);
    return { recordings, problems: findings.filter(({ code }) => FINDINGS[code] === "problem") };
  };
  let checks = 0;
  for (; made < RECORDINGS; checks += 1) expect((await problems(checks % 2 === 1)).problems).toEqual([]);
  await sources;
  expect(checks).toBeGreaterThan(1);
  const before = await everyDigest(server.services.folder.root);
  const { recordings, problems: left } = await problems(true);
  expect(left).toEqual([]);
  expect(recordings).toBe(RECORDINGS - RECORDINGS / 3);
  expect(await everyDigest(server.services.folder.root)).toEqual(before);
});
