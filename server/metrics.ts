/** What the server counts, in the format of Prometheus. Names and units follow its naming conventions. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Services } from "@/lib/server/services";
import type { StorageWatch } from "@/lib/server/storage/storage-watch";
import { Ingest } from "@/server/ingest/ingest";

export interface Metrics {
  registry: Registry;
  ingest: Ingest;
}

/** Makes the metrics, and the ingest that they watch. */
export function createMetrics(services: Services, storage: StorageWatch): Metrics {
  const { database, compileQueue, folder } = services;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "tapedeck_server_" });
  const registers = [registry];

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
      const rows = await database.recording.groupBy({ by: ["state"], _count: true });
      for (const { state, _count } of rows) this.set({ state }, _count);
    },
  });
  new Gauge({
    name: "tapedeck_stored_bytes",
    help: "Bytes of every file of every recording",
    registers,
    async collect() {
      const sum = await database.recording.aggregate({ _sum: { sizeBytes: true } });
      this.set(Number(sum._sum.sizeBytes ?? 0));
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
    help: "Longest time, over the tracks that have unacknowledged bytes, since bytes last came",
    registers,
    collect() {
      let longestMs = 0;
      for (const track of ingest.openTracks) {
        if (track.endOffset > track.durableOffset) longestMs = Math.max(longestMs, Date.now() - track.lastByteAtMs);
      }
      this.set(longestMs / 1000);
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
  return { registry, ingest };
}
