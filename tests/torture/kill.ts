/**
 * `npm run torture:kill`: `kill -9` of the real server at random instants under recordings of real capture bytes, or
 * with `--worker` of the worker in the middle of compiling. See docs/torture.md.
 *
 * Options: `--kills 1000` (200 with `--worker`), `--recordings 20`, `--max-minutes 60`, `--seed N`, `--worker`; and
 * `--hasty`: a server that acknowledges before it writes, of which the run must say that it loses bytes.
 */
import { parseArgs } from "node:util";
import { SeededRandom } from "@/tests/torture/support/seeded-random";
import { killServer } from "@/tests/torture/support/server-kills";
import { count, report, Tally } from "@/tests/torture/support/tally";
import { killWorker } from "@/tests/torture/support/worker-kills";

const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    recordings: { type: "string", default: "20" },
    "max-minutes": { type: "string", default: "60" },
    seed: { type: "string" },
    worker: { type: "boolean", default: false },
    hasty: { type: "boolean", default: false },
  },
});

const random = SeededRandom.from(values.seed);
const tally = new Tally();
console.log(`seed ${random.seed}`);
const options = {
  kills: count("kills", values.kills ?? (values.worker ? "200" : "1000")),
  recordings: count("recordings", values.recordings),
  maxSeconds: count("max-minutes", values["max-minutes"]) * 60,
  random,
  tally,
  isHasty: values.hasty,
  onProgress: (kills: number) => {
    if (kills % 50 === 0) console.log(`${kills} kills, ${tally.line}`);
  },
};
const facts = values.worker ? await killWorker(options) : await killServer(options);
report(`kill -9 of the ${values.worker ? "worker" : "server"}`, facts, tally);
process.exit();
