/**
 * Several recordings at once, in real time, through the real server and one worker: how far behind what can be watched is, what
 * each costs, and when their files are there after all have stopped in the same moment.
 *
 * `npm run bench:live -- [--live 10] [--seconds 60] [--captures c20_h264_250,c20_vp8_1000]`
 */
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { quantile, sendRecording, wasFollowed, watchableMs } from "@/tests/bench/live-source";
import { cpuSeconds } from "@/tests/bench/process-cpu";
import { startWorkerProcess, WORKER_SOURCES } from "@/tests/support/processes";
import { startTestServer } from "@/tests/support/server";

const { values } = parseArgs({
  options: {
    live: { type: "string", default: "10" },
    seconds: { type: "string", default: "60" },
    captures: { type: "string", default: "c20_h264_250,c20_vp8_1000" },
  },
});
const [live, seconds] = [Number(values.live), Number(values.seconds)];
/** A look at how far behind each is. */
const LOOK_MS = 2000;

const server = await startTestServer({ COMPILE_PRESET: "" });
const { services } = server;
const worker = await startWorkerProcess(WORKER_SOURCES, services.environment);

async function together(capture: string): Promise<void> {
  const beganMs = performance.now();
  const cpuBefore = cpuSeconds(worker.child.pid as number);
  const behind = new Map<string, number[]>();
  const looks: Promise<void>[] = [];
  const sent = await Promise.all(
    Array.from({ length: live }, () =>
      sendRecording(server, capture, seconds, async (sentMs, id) => {
        if (sentMs % LOOK_MS === 0) {
          looks.push(
            watchableMs(server, id).then((playedMs) => {
              behind.set(id, [...(behind.get(id) ?? []), sentMs - playedMs]);
            }),
          );
        }
        await pause(Math.max(0, beganMs + sentMs - performance.now()));
      }),
    ),
  );
  await Promise.all(looks);
  const cores = (cpuSeconds(worker.child.pid as number) - cpuBefore) / ((performance.now() - beganMs) / 1000);
  const times = (await Promise.all(sent.map((each) => each.finish()))).sort((a, b) => a - b);
  const followed = await Promise.all(sent.map(({ id }) => wasFollowed(server, id)));
  const refusals = [...new Set(followed.filter((each) => each !== true))];
  // The first looks find nothing yet: a live file begins with its second key frame.
  const settled = sent.map(({ id }, index) =>
    followed[index] === true ? Math.max(...(behind.get(id) ?? []).slice(5)) / 1000 : null,
  );
  const most = Math.max(...settled.filter((each) => each !== null));
  const words = [
    capture,
    live,
    (cores / live).toFixed(3),
    followed.filter((each) => each === true).length,
    Number.isFinite(most) ? `${most.toFixed(1)} s` : "",
    `${(quantile(times, 0.5) / 1000).toFixed(2)} s`,
    `${((times.at(-1) ?? 0) / 1000).toFixed(2)} s`,
    refusals.join(", "),
  ];
  console.log(`| ${words.join(" | ")} |`);
  for (const each of sent) await each.close();
}

console.log(`${live} recordings at once for ${seconds} s, all stopped in the same moment\n`);
console.log(
  "| capture | live | worker's cores for each | made while recorded | most behind | ready: median | last | else |",
);
console.log("|---|---|---|---|---|---|---|---|");
try {
  for (const capture of values.captures.split(",")) await together(capture);
} finally {
  await worker.stop();
  await server.stop();
}
