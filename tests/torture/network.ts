/**
 * `npm run torture:network`: outages, flapping, slow, delayed, half-open and cut connections between the real client code
 * and the real server; and where it is possible, a network of its own that loses packets. See docs/torture.md.
 *
 * Options: `--scale 1` (of the times; 1: an outage of ten minutes), `--only NAME,NAME`, `--seed N`.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { startTestServer } from "@/tests/support/server";
import { bringUpLossyLoopback, canHaveOwnNetwork, segmentsSentAgain } from "@/tests/torture/support/lossy-loopback";
import { FAULTS, troubleTheNetwork } from "@/tests/torture/support/network-faults";
import { SeededRandom } from "@/tests/torture/support/seeded-random";
import { report, Tally } from "@/tests/torture/support/tally";

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    only: { type: "string" },
    seed: { type: "string" },
    /** Set by the program itself, in a network of its own. */
    lossy: { type: "boolean", default: false },
  },
});

const LOSS = "loss";
/** Round trip 300 ms. */
const LOSSY_DELAY_MS = 150;
const LOSS_PERCENT = 5;

const scale = Number(values.scale);
if (!(scale > 0 && scale <= 10)) throw new Error(`--scale must be a number up to 10, not "${values.scale}"`);
const names = values.only?.split(",") ?? [...Object.keys(FAULTS), LOSS];
const unknown = names.find((name) => !(name in FAULTS) && name !== LOSS);
if (unknown !== undefined)
  throw new Error(`--only knows ${[...Object.keys(FAULTS), LOSS].join(", ")}, not "${unknown}"`);
const random = SeededRandom.from(values.seed);
const tally = new Tally();
const startedAt = performance.now();

/** Runs this program again in a network of its own, and takes over what it found. */
async function lossyRun(): Promise<Record<string, string>> {
  if (!canHaveOwnNetwork())
    return { [LOSS]: "left out: this user may have no network of his own (needs root, ip, tc)" };
  const args = ["--net", process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)];
  const child = fork(
    args[args.length - 1] as string,
    ["--lossy", "--scale", String(scale), "--seed", String(random.seed)],
    {
      execPath: "unshare",
      execArgv: args.slice(0, -1),
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    },
  );
  const [message] = await Promise.race([once(child, "message"), once(child, "exit").then(() => [null])]);
  if (message === null) throw new Error("the run in a network of its own ended without a word");
  Object.assign(tally, {
    lostBytes: tally.lostBytes + message.tally.lostBytes,
    duplicatedBytes: tally.duplicatedBytes + message.tally.duplicatedBytes,
    stuckRecordings: tally.stuckRecordings + message.tally.stuckRecordings,
  });
  tally.findings.push(...message.tally.findings);
  return message.facts;
}

/** Delay, resets and calm weather, on a loopback that loses packets. */
async function underLoss(): Promise<Record<string, string>> {
  bringUpLossyLoopback(LOSS_PERCENT);
  const server = await startTestServer();
  const before = segmentsSentAgain();
  const rows = await troubleTheNetwork(server, ["delay", "resets"], { random, scale, tally, delayMs: LOSSY_DELAY_MS });
  const after = segmentsSentAgain();
  await server.stop();
  const share = (100 * (after.again - before.again)) / (after.all - before.all);
  const name = (fault: string) => `${LOSS_PERCENT} % loss, ${fault}`;
  return {
    ...Object.fromEntries(Object.entries(rows).map(([fault, said]) => [name(fault), said])),
    [name("all")]: `${share.toFixed(1)} % of ${after.all - before.all} segments were sent again`,
  };
}

if (values.lossy) {
  const facts = await underLoss();
  const { lostBytes, duplicatedBytes, stuckRecordings, findings } = tally;
  process.send?.({ facts, tally: { lostBytes, duplicatedBytes, stuckRecordings, findings } }, () => process.exit());
} else {
  console.log(`seed ${random.seed}`);
  const server = await startTestServer();
  const progress = setInterval(
    () => console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${tally.line}`),
    60_000,
  );
  const faults = names.filter((name) => name !== LOSS);
  const [rows, lossy] = await Promise.all([
    troubleTheNetwork(server, faults, { random, scale, tally }),
    names.includes(LOSS) ? lossyRun() : {},
  ]);
  clearInterval(progress);
  await server.stop();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  report("What networks do", { ...rows, ...lossy, "time taken": `${seconds} s`, seed: random.seed }, tally);
  process.exit();
}
