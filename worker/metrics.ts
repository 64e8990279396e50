/** What the worker counts, in the format of Prometheus, and the small listener that serves it on this machine. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { GAP_CAUSE_CODES, type GapCause } from "@/lib/domain/gap-causes";
import type { VideoEncoder } from "@/lib/media/video-encoders";
import type { CompileOutcome } from "@/worker/compile/compile-job";
import type { FollowOutcome } from "@/worker/follow/follow-job";

export class WorkerMetrics {
  readonly registry = new Registry();
  readonly #compilations: Counter;
  readonly #seconds: Histogram;
  readonly #missing: Counter;
  readonly #encoders: Gauge;
  readonly #followed: Counter;

  /** @param active how many compilations run now */
  constructor(active: () => number) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: "tapedeck_worker_" });
    this.#compilations = new Counter({
      name: "tapedeck_compilations_total",
      help: "Compilations by how they ended",
      labelNames: ["outcome"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "tapedeck_compile_seconds",
      help: "Time from taking a compilation on to its file being ready",
      buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200],
      registers,
    });
    this.#missing = new Counter({
      name: "tapedeck_compiled_gap_seconds_total",
      help: "Seconds that should have been recorded and were not, by cause, of recordings that became ready",
      labelNames: ["cause"],
      registers,
    });
    this.#encoders = new Gauge({
      name: "tapedeck_worker_encoder",
      help: "1 for each encoder of pictures that works on this machine",
      labelNames: ["encoder", "codec", "hardware"],
      registers,
    });
    this.#followed = new Counter({
      name: "tapedeck_followed_total",
      help: "Recordings that were compiled while they ran, by how it ended",
      labelNames: ["outcome"],
      registers,
    });
    // Every cause is there from the beginning, so that a rate can be asked for.
    for (const cause of GAP_CAUSE_CODES) this.#missing.inc({ cause }, 0);
    new Gauge({
      name: "tapedeck_compilations_active",
      help: "Compilations that run now",
      registers,
      collect() {
        this.set(active());
      },
    });
  }

  note(outcome: CompileOutcome, seconds: number): void {
    this.#compilations.inc({ outcome });
    if (outcome === "ready") this.#seconds.observe(seconds);
  }

  noteEncoders(encoders: readonly VideoEncoder[]): void {
    for (const { name, codec, hardware } of encoders) {
      this.#encoders.set({ encoder: name, codec, hardware: hardware ?? "none" }, 1);
    }
  }

  noteFollowed(outcome: FollowOutcome): void {
    this.#followed.inc({ outcome });
  }

  noteMissing(seconds: ReadonlyMap<GapCause, number>): void {
    for (const [cause, missing] of seconds) this.#missing.inc({ cause }, missing);
  }

  /** Serves `/metrics` on loopback. @returns the port that was taken, and how to close */
  async listen(port: number): Promise<{ port: number; close(): Promise<void> }> {
    const server = createServer(async (request, response) => {
      if (request.url !== "/metrics") {
        response.writeHead(404).end();
        return;
      }
      try {
        const text = await this.registry.metrics();
        response.writeHead(200, { "Content-Type": this.registry.contentType }).end(text);
      } catch {
        response.writeHead(500).end();
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return {
      port: (server.address() as AddressInfo).port,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
}
