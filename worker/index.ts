/** The process that works: settings, programs, services, then the worker; and an orderly end. */
import { runProcess } from "@/lib/server/process-life";
import { openServices } from "@/lib/server/services";
import { checkPrograms } from "@/worker/check-programs";
import { startWorker } from "@/worker/worker";

await runProcess(async () => {
  const services = await openServices("worker");
  const ffmpeg = await checkPrograms(services.config);
  const worker = await startWorker(services, { announcesEncoders: true });
  services.log.info({ ffmpeg, metricsPort: worker.metricsPort }, "worker ready");
  process.send?.({ ready: true });
  return {
    log: services.log,
    async close() {
      await worker.close();
      await services.close();
    },
  };
});
