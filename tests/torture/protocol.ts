/**
 * `npm run torture:protocol`: mutated, repeated, reordered, overlapping and truncated messages over real sockets to the
 * real server, while other users record. See docs/torture.md.
 *
 * Options: `--messages 1000000`, `--attackers 8`, `--max-minutes 60`, `--seed N`.
 */
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { createToken } from "@/lib/server/users/api-tokens";
import { freePort } from "@/tests/support/processes";
import { addUser, openTestServices } from "@/tests/support/services";
import { KilledProcess } from "@/tests/torture/support/killed-process";
import { MemoryWatch } from "@/tests/torture/support/memory-watch";
import { bundleProcess } from "@/tests/torture/support/process-bundle";
import { attacks, ProtocolAttack } from "@/tests/torture/support/protocol-attack";
import type { Target } from "@/tests/torture/support/recording-client";
import { SeededRandom } from "@/tests/torture/support/seeded-random";
import { SteadyRecording } from "@/tests/torture/support/steady-recording";
import { count, megabytes, report, Tally } from "@/tests/torture/support/tally";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "1000000" },
    attackers: { type: "string", default: "8" },
    "max-minutes": { type: "string", default: "60" },
    seed: { type: "string" },
  },
});

/** Recordings that fast-check makes of one seed. */
const RUNS_OF_A_SEED = 10;
/** Of other users, all along. */
const BYSTANDERS = 2;

const wanted = count("messages", values.messages);
const random = SeededRandom.from(values.seed);
console.log(`seed ${random.seed}`);
const tally = new Tally();
const counts = new Map<string, number>();
const sent = () => counts.get("messages") ?? 0;
const startedAt = performance.now();
const deadline = startedAt + count("max-minutes", values["max-minutes"]) * 60_000;

const bundle = await bundleProcess("server");
const services = await openTestServices({
  PORT: String(await freePort()),
  MAX_MESSAGES_PER_SECOND: "1000000",
  SYNC_INTERVAL_MS: "20",
});
const server = new KilledProcess(bundle.file, { ...process.env, ...services.environment });

async function newUser(): Promise<Target> {
  const { userId } = await addUser(services);
  await services.database.user.update({ where: { id: userId }, data: { autoCompile: false } });
  return {
    url: `http://127.0.0.1:${services.config.PORT}`,
    token: (await createToken(services, userId, "torture")).token,
  };
}

/** What does not even become a socket. */
function knock(own: SeededRandom): void {
  const { PORT } = services.config;
  const lines = own.pick([
    own.bytes(own.between(1, 2000)).toString("latin1"),
    "GET /ws/video HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET /ws/video?session=%00 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "GET //[ HTTP/1.1\r\nHost: [\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    `GET /ws/video HTTP/1.1\r\nHost: ${"a".repeat(20_000)}\r\n\r\n`,
  ]);
  const socket = net.connect(PORT, "127.0.0.1", () => socket.write(lines, "latin1"));
  socket.on("error", () => {});
  setTimeout(() => socket.destroy(), own.between(1, 100));
  counts.set("handshakes that are none", (counts.get("handshakes that are none") ?? 0) + 1);
}

async function attack(own: SeededRandom): Promise<void> {
  const field = { target: await newUser(), folder: services.folder, tally, counts };
  while (sent() < wanted && performance.now() < deadline && tally.isClean) {
    const property = fc.asyncProperty(attacks, async (steps) => {
      if (sent() >= wanted) return;
      knock(own);
      await new ProtocolAttack(field, steps).run();
      counts.set("recordings", (counts.get("recordings") ?? 0) + 1);
    });
    try {
      await fc.assert(property, { seed: own.between(0, 2 ** 31 - 1), numRuns: RUNS_OF_A_SEED });
    } catch (error) {
      const { message, cause } = error as Error;
      tally.stuck(`${(cause as Error | undefined)?.message ?? ""}\n${message}`);
    }
  }
}

await server.start();
const memory = new MemoryWatch(server.pid as number, sent);
const bystanders = await Promise.all(
  Array.from({ length: BYSTANDERS }, async () => SteadyRecording.begin(await newUser(), tally)),
);
const progress = setInterval(() => console.log(`${sent()} messages, ${tally.line}`), 30_000);
await Promise.all(Array.from({ length: count("attackers", values.attackers) }, () => attack(random.fork())));
clearInterval(progress);
const growth = memory.stop();

let compared = 0;
for (const bystander of bystanders) {
  await bystander.finish();
  compared += await bystander.compare(services.folder);
  if (bystander.connections !== 2)
    tally.stuck(`another user's recording needed ${bystander.connections} connections for 2 tracks`);
}
// Nobody is left; what attackers began has ended.
await pause(100);
const running = await services.database.recording.count({ where: { state: "recording" } });
if (running > 0 && tally.isClean) tally.stuck(`${running} recordings whose tracks are finished still run`);
await server.end("SIGTERM").catch((error: Error) => tally.stuck(error.message));

const { messages, ...endings } = Object.fromEntries(counts);
report(
  "Messages of broken and hostile clients",
  {
    messages: messages ?? 0,
    ...endings,
    "other users' recordings, undisturbed": BYSTANDERS,
    "bytes of theirs compared": megabytes(compared),
    ...(growth === null
      ? {}
      : {
          "server memory after warming up": megabytes(growth.afterWarmUpBytes),
          "server memory at the end": megabytes(growth.lastBytes),
          slope: `${((growth.bytesPerUnit * 100_000) / 1e6).toFixed(2)} MB for 100 000 messages`,
        }),
    "time taken": `${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
    seed: random.seed,
  },
  tally,
);
await services.dispose();
await bundle.remove();
process.exit();
