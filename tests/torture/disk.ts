/**
 * `npm run torture:disk`: ENOSPC, EIO and EROFS at every call on the disk in turn, and a real small file system that fills
 * up and is freed. See docs/torture.md.
 *
 * Every call is tried once, so there is nothing to draw: `--seed N` is taken and changes nothing.
 */
import { parseArgs } from "node:util";
import { failEveryCall, fillUp, mountSmallDisk } from "@/tests/torture/support/disk-faults";
import { FaultyDisk } from "@/tests/torture/support/faulty-disk";
import { report, Tally } from "@/tests/torture/support/tally";

parseArgs({ options: { seed: { type: "string" } } });

const disk = new FaultyDisk();
disk.install();
// Only now: the server takes the calls as they are when it is loaded.
const { startTestServer } = await import("@/tests/support/server");

const tally = new Tally();
const startedAt = performance.now();
const settings = { SYNC_INTERVAL_MS: "50", MAX_MESSAGES_PER_SECOND: "10000" };
let facts: Record<string, string | number> = {};

const server = await startTestServer(settings);
let printedAt = performance.now();
facts = await failEveryCall(server, disk, tally, (done, of) => {
  if (performance.now() - printedAt < 30_000) return;
  printedAt = performance.now();
  console.log(`${done} of ${of}, ${tally.line}`);
});
await server.stop();

const small = await mountSmallDisk();
if (small === null) facts = { ...facts, "small disk": "left out: this user may not mount one" };
else {
  const onSmall = await startTestServer({ ...settings, RECORDINGS_DIR: small.folder });
  facts = { ...facts, ...(await fillUp(onSmall, small, tally)) };
  await onSmall.stop();
  await small.remove();
}
report(
  "A disk that fails",
  { ...facts, "time taken": `${((performance.now() - startedAt) / 1000).toFixed(0)} s` },
  tally,
);
process.exit();
