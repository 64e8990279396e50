/** Counts that all workers make together, for /metrics of the server: rows, so that no worker has to be asked. */
import type { Services } from "@/lib/server/services";

export type CounterName = "errors" | "uploads" | "upload_seconds" | "lost_packets" | "gap_seconds" | "clock_jumps";

/** Adds to a counter. Counting is never a reason to fail. */
export async function count(
  { database }: Pick<Services, "database">,
  name: CounterName,
  label: string,
  by = 1,
): Promise<void> {
  if (by <= 0) return;
  try {
    await database.captureCounter.upsert({
      where: { name_label: { name, label } },
      create: { name, label, value: by },
      update: { value: { increment: by } },
    });
  } catch {
    // The next one counts again.
  }
}
