/** What uploads come to, over all workers and restarts: kept in the database, shown by the server's /metrics. */
import type { Database } from "@/lib/server/database/client";

/** Upper bounds of the histogram, seconds. */
export const UPLOAD_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 300, 1800] as const;

const COUNT = "uploads";
const BUCKET = "upload_bucket";
const SECONDS = "upload_seconds";

export async function countUpload(database: Database, status: "success" | "failed", seconds: number): Promise<void> {
  await add(database, COUNT, status, 1);
  if (status === "failed") return;
  await add(database, SECONDS, "", seconds);
  const bucket = UPLOAD_BUCKETS.find((bound) => seconds <= bound);
  if (bucket !== undefined) await add(database, BUCKET, String(bucket), 1);
}

async function add(database: Database, name: string, label: string, value: number): Promise<void> {
  const where = { name_label: { name, label } };
  const { count } = await database.captureCounter.updateMany({
    where: { name, label },
    data: { value: { increment: value } },
  });
  if (count > 0) return;
  // Two that count for the first time at once: the second finds the row of the first.
  await database.captureCounter
    .create({ data: { name, label, value } })
    .catch(() => database.captureCounter.update({ where, data: { value: { increment: value } } }));
}

export interface UploadTotals {
  success: number;
  failed: number;
  seconds: number;
  /** How many took no longer than each of {@link UPLOAD_BUCKETS}; counted up from the first. */
  upTo: number[];
}

export async function uploadTotals(database: Database): Promise<UploadTotals> {
  const rows = await database.captureCounter.findMany({ where: { name: { in: [COUNT, BUCKET, SECONDS] } } });
  const value = (name: string, label: string) =>
    rows.find((row) => row.name === name && row.label === label)?.value ?? 0;
  let sum = 0;
  const upTo = UPLOAD_BUCKETS.map((bound) => {
    sum += value(BUCKET, String(bound));
    return sum;
  });
  return { success: value(COUNT, "success"), failed: value(COUNT, "failed"), seconds: value(SECONDS, ""), upTo };
}
