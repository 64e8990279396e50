/** What the server has for snapshots, put together: the recordings, and the link to those who look at the pictures. */
import { connectRedis, redisUrlOf } from "@/lib/server/queue/redis";
import type { Services } from "@/lib/server/services";
import { AnalysisRequests } from "@/lib/server/snapshots/analysis-link";
import type { Ingest } from "@/server/ingest/ingest";
import type { SnapshotContext } from "@/server/snapshots/snapshot-connection";
import { SnapshotDesk } from "@/server/snapshots/snapshot-desk";

export function openSnapshots(services: Services, ingest: Ingest): SnapshotContext & { close(): void } {
  const subscriber = connectRedis(redisUrlOf(services.config), "consumer", services.log);
  const analysis = new AnalysisRequests(services.redis, subscriber);
  const desk = new SnapshotDesk(services, ingest);
  return {
    services,
    ingest,
    desk,
    analysis,
    close() {
      desk.close();
      subscriber.disconnect();
    },
  };
}
