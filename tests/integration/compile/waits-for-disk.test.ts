/** A compilation that would take the room of what runs waits, costs no attempt, and goes on by itself. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { addRecording, chunksOf } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { eventually } from "@/tests/support/eventually";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { startWorker } from "@/worker/worker";

let services: TestServices;
beforeAll(async () => {
  services = await openTestServices();
});
afterAll(() => services.dispose());

test("a compilation waits while the disk is short of room, and is done when it is not", async () => {
  const { userId } = await addUser(services);
  const id = await addRecording(services, userId, { audio: chunksOf("sp_odd_vp8", "audio") });
  // More than any disk has.
  const config = { ...services.config, MIN_FREE_BYTES: Number.MAX_SAFE_INTEGER };
  const worker = await startWorker({ ...services, config });
  await eventually(async () => expect(await services.compileQueue.counts()).toMatchObject({ delayed: 1 }));
  expect(await reach(services, id, ["stopped"])).toMatchObject({ compileAttempts: 0, failureCode: null });
  config.MIN_FREE_BYTES = 0;
  expect(await reach(services, id)).toMatchObject({ state: "ready", compileAttempts: 1 });
  await worker.close();
});
