/** Tells webhooks what has changed: makes deliveries as changes are heard of, and works them off, each with its back-off. */
import { Worker } from "bullmq";
import type { Redis } from "ioredis";
import { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { connectRedis, redisUrlOf } from "@/lib/server/queue/redis";
import { WEBHOOK_QUEUE, WebhookQueue } from "@/lib/server/queue/webhook-queue";
import type { Services } from "@/lib/server/services";
import { announceRecordings } from "@/lib/server/webhooks/announce";
import { attemptDelivery, dueDeliveries, forgetDeliveries } from "@/lib/server/webhooks/deliver";

/** A receiver that is slow holds up one of these for ten seconds. */
const CONCURRENCY = 10;
/** Several changes of one recording come within a moment. */
const GATHER_MS = 200;
const KEEP_DAYS = 30;

export class WebhookDesk {
  readonly #services: Services;
  readonly #queue: WebhookQueue;
  readonly #worker: Worker;
  readonly #connection: Redis;
  readonly #unsubscribe: () => void;
  readonly #gathered = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #telling: Promise<void> = Promise.resolve();

  constructor(services: Services) {
    this.#services = services;
    this.#queue = new WebhookQueue(services.redis);
    this.#connection = connectRedis(redisUrlOf(services.config), "consumer", services.log);
    const guard = new OutboundGuard(services.config.OUTBOUND_NETWORKS);
    this.#worker = new Worker(
      WEBHOOK_QUEUE,
      async ({ data }) => {
        const nextAt = await attemptDelivery(services, guard, data.id);
        if (nextAt !== null) await this.#queue.add(data.id, nextAt);
      },
      { connection: this.#connection, concurrency: CONCURRENCY },
    );
    this.#worker.on("error", () => {});
    this.#worker.on("failed", (job, error) => services.log.error({ job: job?.id, error: String(error) }, "job failed"));
    this.#unsubscribe = services.changes.subscribe((change) => {
      if (change.kind !== "changed") return;
      this.#gathered.add(change.recordingId);
      this.#timer ??= setTimeout(() => this.#tellGathered(), GATHER_MS);
    });
  }

  /** Finds what was missed: changes nobody heard of, attempts whose job was lost. */
  async reconcile(): Promise<void> {
    await announceRecordings(this.#services);
    await forgetDeliveries(this.#services, KEEP_DAYS);
    for (const id of await dueDeliveries(this.#services)) await this.#queue.add(id);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#telling;
    await this.#worker.close();
    await this.#queue.close();
    this.#connection.disconnect();
  }

  #tellGathered(): void {
    this.#timer = null;
    const ids = [...this.#gathered];
    this.#gathered.clear();
    this.#telling = this.#telling
      .then(async () => {
        for (const recordingId of ids) {
          for (const id of await announceRecordings(this.#services, recordingId)) await this.#queue.add(id);
        }
      })
      // It is found again by the next look.
      .catch((error) => this.#services.log.warn({ error: String(error) }, "webhooks were not told yet"));
  }
}
