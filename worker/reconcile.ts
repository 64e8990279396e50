/**
 * Brings the queue in line with the database, now and then: whatever a crash of a process, of Redis or of the machine left
 * half done is found here and moved on.
 */

import { requeueFollowing } from "@/lib/server/recordings/following";
import type { SteadyClock } from "@/lib/server/recordings/steady-clock";
import { endComplete, endInterrupted, finishDeletions, requeueCompilations } from "@/lib/server/recordings/upkeep";
import type { Services } from "@/lib/server/services";

const INTERVAL_MS = 15_000;
/** Sources have this long to come back after a start, a leap of the clock, or a database that was away. */
const COME_BACK_MS = 60_000;

export interface Reconciler {
  /** Looks now; resolves when it has. */
  run(): Promise<void>;
  stop(): void;
}

/**
 * Starts looking every 15 s and whenever Redis comes back.
 *
 * @param clock looked at each time
 * @param also done each time
 */
export function startReconciler(services: Services, clock: SteadyClock, also: () => Promise<void>): Reconciler {
  const { redis, log } = services;
  const tasks = {
    endInterrupted: async () => (clock.steadyForMs >= COME_BACK_MS ? endInterrupted(services) : 0),
    endComplete: () => endComplete(services),
    finishDeletions: () => finishDeletions(services),
    // Without Redis nothing can be queued; it is looked at when it is back.
    requeueCompilations: async () => (redis.status === "ready" ? requeueCompilations(services) : 0),
    requeueFollowing: async () => (redis.status === "ready" ? requeueFollowing(services) : undefined),
    also: async () => (redis.status === "ready" ? also() : undefined),
  };
  let running: Promise<void> | null = null;

  const run = (): Promise<void> => {
    running ??= (async () => {
      clock.look();
      for (const [task, work] of Object.entries(tasks)) {
        await work().catch((error: unknown) => {
          clock.disturb();
          log.error({ task, error: String(error) }, "upkeep failed");
        });
      }
    })().finally(() => {
      running = null;
    });
    return running;
  };

  const timer = setInterval(() => void run(), INTERVAL_MS);
  const onReady = () => void run();
  redis.on("ready", onReady);
  return {
    run,
    stop() {
      clearInterval(timer);
      redis.off("ready", onReady);
    },
  };
}
