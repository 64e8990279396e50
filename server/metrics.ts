/** What the server counts, in the format of Prometheus. Names and units follow its naming conventions. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Services } from "@/lib/server/services";
import type { StorageWatch } from "@/lib/server/storage/storage-watch";
import { addCameraMetrics } from "@/server/camera-metrics";
import { Ingest } from "@/server/ingest/ingest";
import { addUploadMetrics } from "@/server/upload-metrics";

export interface Metrics {
  registry: Registry;
  ingest: Ingest;
}

/** Makes the metrics, and the ingest that they watch. What a database that is away would say is left out. */
export function createMetrics(services: Services, storage: StorageWatch): Metrics {
  const { database, compileQueue, folder } = services;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "tapedeck_server_" });
  const registers = [registry];
  addUploadMetrics(registry, services);

  const ingestBytes = new Counter({
    name: "tapedeck_ingest_bytes_total",
    help: "Bytes that became durable",
    labelNames: ["kind"],
    registers,
  });
  const appendLatency = new Histogram({
    name: "tapedeck_append_seconds",
    help: "Time from the first byte of a group to its acknowledgement",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2, 5, 10],
    registers,
  });
  const trackFailures = new Counter({
    name: "tapedeck_track_failures_total",
    help: "Tracks that could not be written, by code; their sources keep the bytes and come back",
    labelNames: ["code"],
    registers,
  });
  const ingest = new Ingest(services, {
    onDurable(kind, bytes, waitedMs) {
      ingestBytes.inc({ kind }, bytes);
      appendLatency.observe(waitedMs / 1000);
    },
    onFailure(error) {
      trackFailures.inc({ code: error.code });
      if (error.kind === "storage_full") storage.noteFull();
    },
  });

  new Gauge({
    name: "tapedeck_sockets_open",
    help: "Recording sockets open",
    registers,
    collect() {
      this.set(ingest.socketCount);
    },
  });
  new Gauge({
    name: "tapedeck_recordings",
    help: "Recordings by state",
    labelNames: ["state"],
    registers,
    async collect() {
      this.reset();
      const rows = await database.recording.groupBy({ by: ["state"], _count: true }).catch(() => []);
      for (const { state, _count } of rows) this.set({ state }, _count);
    },
  });
  new Gauge({
    name: "tapedeck_stored_bytes",
    help: "Bytes of every file of every recording",
    registers,
    async collect() {
      const sum = await database.recording.aggregate({ _sum: { sizeBytes: true } }).catch(() => null);
      if (sum !== null) this.set(Number(sum._sum.sizeBytes ?? 0));
    },
  });
  new Gauge({
    name: "tapedeck_tracks_open",
    help: "Tracks being written by this process",
    registers,
    collect() {
      this.set(ingest.openTracks.size);
    },
  });
  new Gauge({
    name: "seconds_since_last_durable_byte",
    help: "How long the oldest byte that is not durable has been waiting, over all tracks",
    registers,
    collect() {
      this.set(Math.max(0, ...[...ingest.openTracks].map(({ waitingMs }) => waitingMs)) / 1000);
    },
  });
  new Gauge({
    name: "footage_gap_seconds_total",
    help: "Time that should have been recorded and was not, over the recordings that are kept, by cause",
    labelNames: ["cause"],
    registers,
    async collect() {
      this.reset();
      const rows = await database.gap.groupBy({ by: ["code"], _sum: { fromMs: true, toMs: true } }).catch(() => []);
      for (const { code, _sum } of rows) this.set({ cause: code }, ((_sum.toMs ?? 0) - (_sum.fromMs ?? 0)) / 1000);
    },
  });
  let readySince = new Date();
  new Histogram({
    name: "tapedeck_stop_to_ready_seconds",
    help: "Time from the end of a recording, or the request to compile it, to its file",
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200],
    registers,
    // Those that became ready since the metrics were last looked at.
    async collect() {
      const rows = await database.recording
        .findMany({
          where: { readyAt: { gt: readySince } },
          select: { readyAt: true, stoppedAt: true, compileRequestedAt: true },
        })
        .catch(() => []);
      for (const { readyAt, stoppedAt, compileRequestedAt } of rows) {
        const [ready, stopped, requested] = [readyAt, stoppedAt, compileRequestedAt].map((at) => at?.getTime() ?? 0);
        this.observe(Math.max(0, (ready as number) - Math.max(stopped as number, requested as number)) / 1000);
        if (readyAt !== null && readyAt > readySince) readySince = readyAt;
      }
    },
  });
  new Gauge({
    name: "tapedeck_queue_jobs",
    help: "Compilations in the queue by state; absent while Redis is away",
    labelNames: ["state"],
    registers,
    async collect() {
      this.reset();
      const counts = await compileQueue.counts().catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "tapedeck_disk_free_bytes",
    help: "Free bytes where recordings are kept",
    registers,
    collect() {
      this.set(storage.status.freeBytes);
    },
  });
  new Gauge({
    name: "tapedeck_cleanup_stopped",
    help: "1 while the clean-up stands still because it would remove too much",
    registers,
    async collect() {
      this.set((await folder.hasCleanupAlarm()) ? 1 : 0);
    },
  });
  new Gauge({
    name: "tapedeck_disk_reserved_bytes",
    help: "Bytes set aside for live recordings",
    registers,
    collect() {
      this.set(storage.reservedBytes);
    },
  });
  addCameraMetrics(registry, services);
  return { registry, ingest };
}
