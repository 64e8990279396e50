/** The server as a whole, put together from its parts; index.ts makes a process of it, tests use it as it is. */
import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { StartError } from "@/lib/server/process-life";
import { repairRecordings } from "@/lib/server/recordings/repair";
import { provideServices, type Services } from "@/lib/server/services";
import { StorageWatch } from "@/lib/server/storage/storage-watch";
import { takeWriterLock, type WriterLock } from "@/lib/server/storage/writer-lock";
import { announceStorage } from "@/lib/server/webhooks/announce";
import { type Api, createApi } from "@/server/http/api";
import { createListener, type NextHandler } from "@/server/http/listener";
import { settleHeaders } from "@/server/http/request-facts";
import { addAccounts } from "@/server/http/routes/accounts";
import { addAdaptive } from "@/server/http/routes/adaptive";
import { addCameraDiscovery } from "@/server/http/routes/camera-discovery";
import { addCameraFootage } from "@/server/http/routes/camera-footage";
import { addCameraRecording } from "@/server/http/routes/camera-recording";
import { addCameras } from "@/server/http/routes/cameras";
import { addEncoders } from "@/server/http/routes/encoders";
import { addEvents } from "@/server/http/routes/events";
import { addExtras } from "@/server/http/routes/extras";
import { addFocus } from "@/server/http/routes/focus";
import { addHealth, type Life } from "@/server/http/routes/health";
import { addLive } from "@/server/http/routes/live";
import { addMedia } from "@/server/http/routes/media";
import { addMjpeg } from "@/server/http/routes/mjpeg";
import { addRecordings } from "@/server/http/routes/recordings";
import { addSessions } from "@/server/http/routes/sessions";
import { addShares } from "@/server/http/routes/shares";
import { addSnapshots } from "@/server/http/routes/snapshots";
import { addStorage } from "@/server/http/routes/storage";
import { addStreams } from "@/server/http/routes/streams";
import { addWebhooks } from "@/server/http/routes/webhooks";
import type { Ingest } from "@/server/ingest/ingest";
import { createUpgradeHandler } from "@/server/ingest/upgrade";
import { createMetrics } from "@/server/metrics";
import { RtmpServer } from "@/server/rtmp/rtmp-server";
import { openSnapshots } from "@/server/snapshots/open-snapshots";
import { addStreamMetrics } from "@/server/stream-metrics";

/** Requests that are being answered when the server stops have this long. */
const CLOSE_GRACE_MS = 1000;

/** What may be said of a port that cannot be had. */
const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program is listening there. End it, or set PORT.",
  EACCES: "this user may not. Ports below 1024 are the system's; set PORT.",
  EADDRNOTAVAIL: "this machine has no such address. Set HOST.",
};

export interface RunningServer {
  /** With the port that was taken. */
  url: string;
  ingest: Ingest;
  api: Api;
  rtmp: RtmpServer;
  /** Lets recordings go so that they come back, then closes everything but the services. */
  close(): Promise<void>;
}

/** What serves the pages. `upgrades` gets Next's own WebSocket upgrades. */
export interface Pages {
  prepare(upgrades: EventEmitter): Promise<NextHandler>;
}

/**
 * Becomes the one writer of the recordings, puts right what was interrupted, then starts listening.
 *
 * @param pages null: no pages
 * @throws {StartError} when another server has the recordings, or the port cannot be had
 */
export async function startServer(services: Services, pages: Pages | null): Promise<RunningServer> {
  const lock = await takeWriterLock(services.folder.root);
  try {
    return await serve(services, pages, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function serve(services: Services, pages: Pages | null, lock: WriterLock): Promise<RunningServer> {
  const { config, log } = services;
  provideServices(services);
  await repairRecordings(services);
  const life: Life = { isReady: false };
  const storage = new StorageWatch(services);
  await storage.look();
  storage.subscribe(() => {
    void announceStorage(services, storage.status).catch((error) => log.warn({ error }, "webhooks were not told"));
  });
  const metrics = createMetrics(services, storage);
  const { ingest } = metrics;
  const rtmp = new RtmpServer(services, ingest);
  addStreamMetrics(metrics.registry, rtmp.streams);
  const snapshots = openSnapshots(services, ingest);
  const api = createApi({ services, ingest, storage, streams: rtmp.streams, snapshots: snapshots.desk }, [
    addRecordings,
    addMedia,
    addExtras,
    addAdaptive,
    addEncoders,
    addLive,
    addEvents,
    addStorage,
    addSessions,
    addMjpeg,
    addShares,
    addAccounts,
    addStreams,
    addCameras,
    addCameraDiscovery,
    addCameraFootage,
    addCameraRecording,
    addFocus,
    addSnapshots,
    addWebhooks,
    addHealth(metrics, life),
  ]);
  const nextUpgrades = new EventEmitter();
  const handlePage = pages === null ? null : await pages.prepare(nextUpgrades);
  const upgrades = createUpgradeHandler(services, ingest, handlePage === null ? null : nextUpgrades, snapshots);
  const http = createServer(
    // Idle connections are kept longer than proxies and clients do (a minute as a rule): who closes first must not be us, or
    // a request that is on its way is answered with a reset.
    { requestTimeout: 60_000, headersTimeout: 15_000, keepAliveTimeout: 75_000 },
    createListener(config, log, api, handlePage),
  );
  http.on("upgrade", (request, socket, head) => {
    settleHeaders(request, config);
    upgrades.handle(request, socket, head);
  });
  await listen(http, config.PORT, config.HOST).catch((error) => {
    storage.close();
    snapshots.close();
    throw error;
  });
  await rtmp.start();
  life.isReady = true;
  const { port } = http.address() as AddressInfo;

  return {
    url: config.PUBLIC_URL || `http://${config.HOST === "127.0.0.1" ? "localhost" : config.HOST}:${port}`,
    ingest,
    api,
    rtmp,
    async close() {
      life.isReady = false;
      storage.close();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      await rtmp.close();
      await ingest.close();
      snapshots.close();
      // Every track is closed: from here on another may append.
      lock.release();
      upgrades.close();
      http.closeIdleConnections();
      // Event streams and slow downloads do not end by themselves; both begin again where they were.
      const force = setTimeout(() => http.closeAllConnections(), CLOSE_GRACE_MS);
      await closed;
      clearTimeout(force);
    },
  };
}

/** @throws {StartError} when the port cannot be had */
async function listen(http: Server, port: number, host: string): Promise<void> {
  http.listen(port, host);
  try {
    await once(http, "listening");
  } catch (error) {
    const reason = LISTEN_PROBLEMS[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    throw new StartError(`Cannot listen on ${host}:${port}: ${reason}`, { cause: error });
  }
}
