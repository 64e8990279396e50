/** What is said of cameras in /metrics of the server, whichever worker records them: from the database. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Services } from "@/lib/server/services";

/** The contract of the recording service, and what was not recorded. */
export function addCameraMetrics(registry: Registry, { database }: Services): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => Promise<number>) =>
    new Gauge({
      ...{ name, help, registers },
      async collect() {
        const value = await read().catch(() => null);
        if (value !== null) this.set(value);
      },
    });
  gauge("recording_active_count", "Cameras that are recorded now", () =>
    database.camera.count({ where: { wanted: true, state: "recording", deletedAt: null } }),
  );
  gauge("recording_wanted_count", "Cameras that are to be recorded", () =>
    database.camera.count({ where: { wanted: true, deletedAt: null } }),
  );
  const perCamera = (
    name: string,
    help: string,
    pick: (camera: { segmentCount: number; totalBytes: bigint }) => number,
  ) =>
    new Gauge({
      ...{ name, help, registers, labelNames: ["camera_id"] },
      async collect() {
        const cameras = await database.camera.findMany({ where: { deletedAt: null } }).catch(() => null);
        if (cameras === null) return;
        this.reset();
        for (const camera of cameras) this.set({ camera_id: camera.id }, pick(camera));
      },
    });
  perCamera("recording_segments_count", "Segments finished, by camera", ({ segmentCount }) => segmentCount);
  perCamera("recording_bytes_total", "Bytes of finished segments, by camera", ({ totalBytes }) => Number(totalBytes));
  const sum = () => database.camera.aggregate({ _sum: { segmentCount: true, totalBytes: true } });
  gauge("recording_total_segments", "Segments finished", async () => (await sum())._sum.segmentCount ?? 0);
  gauge("recording_total_bytes", "Bytes of finished segments", async () => Number((await sum())._sum.totalBytes ?? 0n));
  const counted = (name: string, help: string, counter: string, label: string | null) =>
    new Counter({
      ...{ name, help, registers, labelNames: label === null ? [] : [label] },
      async collect() {
        const rows = await database.captureCounter.findMany({ where: { name: counter } }).catch(() => null);
        if (rows === null) return;
        this.reset();
        for (const row of rows) {
          if (label === null) this.inc(row.value);
          else this.inc({ [label]: row.label }, row.value);
        }
      },
    });
  counted("recording_errors_total", "Failures of cameras, by cause", "errors", "type");
  counted("recording_lost_packets_total", "RTP packets that never came", "lost_packets", null);
  counted("recording_gap_seconds_total", "Seconds that cameras were wanted and not recorded", "gap_seconds", null);
  new Gauge({
    name: "seconds_since_last_camera_byte",
    help: "How long ago bytes of a wanted camera last reached the disk, to a few seconds",
    labelNames: ["camera_id"],
    registers,
    async collect() {
      const cameras = await database.camera.findMany({ where: { wanted: true, deletedAt: null } }).catch(() => null);
      if (cameras === null) return;
      this.reset();
      for (const { id, lastMediaAt, startedAt } of cameras) {
        const since = Math.max(lastMediaAt?.getTime() ?? 0, startedAt?.getTime() ?? 0);
        this.set({ camera_id: id }, Math.max(0, Date.now() - since) / 1000);
      }
    },
  });
}
