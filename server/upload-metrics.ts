/** What /metrics says of uploads: counted by whichever worker did them, kept in the database. */
import { type Counter, Gauge, type Metric, type Registry } from "prom-client";
import type { Database } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import { uploadBacklog } from "@/lib/server/uploads/segment-uploads";
import { UPLOAD_BUCKETS, uploadTotals } from "@/lib/server/uploads/upload-counters";

const TOTAL = "recording_uploads_total";
const DURATION = "recording_upload_duration_seconds";

export function addUploadMetrics(registry: Registry, services: Pick<Services, "database">): void {
  const registers = [registry];
  const { database } = services;
  registry.registerMetric(uploadsTotal(database));
  registry.registerMetric(uploadDuration(database));
  const backlog = (name: string, help: string, read: (found: Awaited<ReturnType<typeof uploadBacklog>>) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const found = await uploadBacklog(services as Services).catch(() => null);
        if (found !== null) this.set(read(found));
      },
    });
  backlog(
    "recording_upload_backlog_segments",
    "Finished segments that are on the local disk alone",
    (found) => found.segments,
  );
  backlog("recording_upload_backlog_bytes", "Bytes of those", (found) => found.bytes);
  backlog("recording_upload_backlog_seconds", "Age of the oldest of those", ({ oldest }) =>
    oldest === null ? 0 : Math.max(0, (Date.now() - oldest.getTime()) / 1000),
  );
}

type Value = { value: number; labels: Record<string, string | number>; metricName?: string };

/** A metric whose values are read when they are asked for; the registry needs no more of one than this. */
function readMetric(name: string, help: string, type: string, read: () => Promise<Value[]>): Metric {
  return {
    name,
    help,
    type,
    aggregator: "sum",
    reset() {},
    get: async () => ({ name, help, type, aggregator: "sum", values: await read().catch(() => []) }),
  } as unknown as Counter;
}

function uploadsTotal(database: Database): Metric {
  return readMetric(TOTAL, "Uploads to the object store, by how they ended", "counter", async () => {
    const { success, failed } = await uploadTotals(database);
    return [
      { value: success, labels: { status: "success" } },
      { value: failed, labels: { status: "failed" } },
    ];
  });
}

function uploadDuration(database: Database): Metric {
  return readMetric(DURATION, "Time from taking a segment on to its local copy being gone", "histogram", async () => {
    const { success, seconds, upTo } = await uploadTotals(database);
    const values: Value[] = [
      ...UPLOAD_BUCKETS.map((le, index) => ({
        value: upTo[index] ?? 0,
        labels: { le },
        metricName: `${DURATION}_bucket`,
      })),
      { value: success, labels: { le: "+Inf" }, metricName: `${DURATION}_bucket` },
      { value: seconds, labels: {}, metricName: `${DURATION}_sum` },
      { value: success, labels: {}, metricName: `${DURATION}_count` },
    ];
    return values;
  });
}
