/** What networks do to a recording, each with a recording of its own under the real client; all of them at once. */
import { setTimeout as pause } from "node:timers/promises";
import { createToken } from "@/lib/server/users/api-tokens";
import type { TestServer } from "@/tests/support/server";
import { addUser } from "@/tests/support/services";
import { FaultyProxy } from "@/tests/torture/support/faulty-proxy";
import type { SeededRandom } from "@/tests/torture/support/seeded-random";
import { SteadyRecording } from "@/tests/torture/support/steady-recording";
import { megabytes, type Tally } from "@/tests/torture/support/tally";

export interface Weather {
  proxy: FaultyProxy;
  recording: SteadyRecording;
  random: SeededRandom;
  /** Times are multiplied by it. */
  scale: number;
}

/** Before and after the fault, recording goes as it should. */
const CALM_MS = 3000;
/** Between two changes of a network that flaps. */
const FLAP_MS = 7000;
/** A client notices after 20 s that nothing comes any more (STALL_MS of lib/client/upload/uploader.ts). */
const HALF_OPEN_MS = 30_000;
/** The picture and sound of the recording together need about 120 kB/s. */
const CRAWL_BYTES_PER_SECOND = 30_000;

/** By name. Each returns what is to be said of it. */
export const FAULTS: Readonly<Record<string, (weather: Weather) => Promise<string>>> = {
  async outage({ proxy, recording, scale }) {
    const outageMs = 600_000 * scale;
    proxy.isDown = true;
    proxy.cut();
    const acked = recording.ackedBytes;
    await pause(outageMs);
    const waiting = recording.recordedBytes - recording.ackedBytes;
    proxy.isDown = false;
    const backAt = performance.now();
    while (recording.ackedBytes === acked && performance.now() - backAt < 60_000) await pause(50);
    const seconds = ((performance.now() - backAt) / 1000).toFixed(1);
    return `${(outageMs / 1000).toFixed(0)} s away, ${megabytes(waiting)} waited, first acknowledgement ${seconds} s after it`;
  },

  async flapping({ proxy, scale }) {
    const turns = Math.max(2, Math.round(20 * scale));
    for (let turn = 0; turn < turns; turn += 1) {
      proxy.isDown = true;
      proxy.cut();
      await pause(FLAP_MS);
      proxy.isDown = false;
      await pause(FLAP_MS);
    }
    return `${turns} times away for ${FLAP_MS / 1000} s and back for as long`;
  },

  async crawling({ proxy, recording, scale }) {
    proxy.bytesPerSecond = CRAWL_BYTES_PER_SECOND;
    await pause(Math.max(15_000, 120_000 * scale));
    const waiting = recording.recordedBytes - recording.ackedBytes;
    proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
    return `${CRAWL_BYTES_PER_SECOND / 1000} kB/s for each connection, ${megabytes(waiting)} waited at the end`;
  },

  async delay({ proxy, scale }) {
    proxy.delayMs = 300;
    await pause(Math.max(15_000, 120_000 * scale));
    return "300 ms each way";
  },

  async "half-open"({ proxy }) {
    const thaw = proxy.freeze();
    await pause(HALF_OPEN_MS);
    // The client has come back by now; what the old connections held arrives after what the new ones brought.
    const connections = proxy.connections;
    thaw();
    return `${HALF_OPEN_MS / 1000} s silent, then the bytes of the old connections arrive late (${connections} connections)`;
  },

  async "half-open, all of it"({ proxy }) {
    const until = performance.now() + HALF_OPEN_MS;
    const thaws: (() => void)[] = [];
    while (performance.now() < until) {
      thaws.push(proxy.freeze());
      await pause(100);
    }
    for (const thaw of thaws) thaw();
    return `${HALF_OPEN_MS / 1000} s in which new connections fall silent, too`;
  },

  async resets({ proxy, random, scale }) {
    proxy.cutAfter = { up: () => random.between(1, 400_000), down: () => random.between(1, 2000) };
    proxy.cut();
    await pause(Math.max(20_000, 300_000 * scale));
    proxy.cutAfter = null;
    proxy.cut();
    return `${proxy.cuts} connections reset at any byte of either direction`;
  },
};

/** Runs some of {@link FAULTS} at once. @returns a row for each */
export async function troubleTheNetwork(
  server: TestServer,
  names: readonly string[],
  { random, scale, tally, delayMs = 0 }: { random: SeededRandom; scale: number; tally: Tally; delayMs?: number },
): Promise<Record<string, string>> {
  const { services } = server;
  const port = Number(new URL(server.url).port);
  const rows = await Promise.all(
    names.map(async (name) => {
      const proxy = await FaultyProxy.start(port);
      proxy.delayMs = delayMs;
      const { userId } = await addUser(services);
      await services.database.user.update({ where: { id: userId }, data: { autoCompile: false } });
      const { token } = await createToken(services, userId, "torture");
      const recording = await SteadyRecording.begin({ url: proxy.url, token }, tally);
      await pause(CALM_MS);
      const said = await FAULTS[name]?.({ proxy, recording, random: random.fork(), scale });
      await pause(CALM_MS);
      await recording.finish();
      const bytes = await recording.compare(services.folder);
      const row = await services.database.recording.findUniqueOrThrow({ where: { id: recording.id } });
      if (row.state !== "stopped") tally.stuck(`${recording.id} is "${row.state}" after ${name}`);
      proxy.close();
      return [name, `${said}; ${megabytes(bytes)} compared, ${recording.connections} times ready`] as const;
    }),
  );
  return Object.fromEntries(rows);
}
