/**
 * What use cases work with, made once when a process starts and handed to each of them.
 * Pages, which Next bundles apart, reach the server's own through {@link services}.
 */
import type { Redis } from "ioredis";
import type { ExtraKind } from "@/lib/domain/extras";
import type { CompileProgress } from "@/lib/protocol/recordings";
import { type Config, loadConfig } from "@/lib/server/config/load";
import { type Database, openDatabase } from "@/lib/server/database/client";
import { migrate } from "@/lib/server/database/migrate";
import { createLog, type Log } from "@/lib/server/log";
import { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { CaptureQueue } from "@/lib/server/queue/capture-queue";
import { ChangeFeed } from "@/lib/server/queue/change-feed";
import { CompileQueue } from "@/lib/server/queue/compile-queue";
import { FollowQueue } from "@/lib/server/queue/follow-queue";
import { MjpegQueue } from "@/lib/server/queue/mjpeg-queue";
import { connectRedis, redisUrlOf } from "@/lib/server/queue/redis";
import { Sealer } from "@/lib/server/secrets/sealer";
import { CamerasFolder } from "@/lib/server/storage/cameras-folder";
import { settleInstallation } from "@/lib/server/storage/installation";
import type { ObjectStore } from "@/lib/server/storage/object-store";
import { RecordingsFolder } from "@/lib/server/storage/recordings-folder";

type ExtraProgress = Map<string, Partial<Record<ExtraKind, number>>>;

export interface Services {
  config: Config;
  log: Log;
  database: Database;
  folder: RecordingsFolder;
  /** For commands that answer a request. */
  redis: Redis;
  compileQueue: CompileQueue;
  followQueue: FollowQueue;
  mjpegQueue: MjpegQueue;
  /** What cameras sent. */
  cameras: CamerasFolder;
  captureQueue: CaptureQueue;
  changes: ChangeFeed;
  /** Every connection to an address that a user gave is opened by it. */
  outbound: OutboundGuard;
  /** Where finished segments are moved to; null: they stay on the local disk. */
  objectStore: ObjectStore | null;
  /** Encrypts what the database keeps of credentials. */
  sealer: Sealer;
  /** Last progress heard of, by recording id; emptied when the compilation is over. */
  progress: Map<string, CompileProgress>;
  /** How much of an extra is made, from 0 to 1, by recording id and kind; emptied when the recording changes. */
  extraProgress: ExtraProgress;
  close(): Promise<void>;
}

/**
 * Opens everything a process needs: settings, migrations, database, folder, Redis (which may be away).
 *
 * @throws {SettingsError} when the settings do not work, or the folder is not that of the database
 */
export async function openServices(process: string, config: Config = loadConfig()): Promise<Services> {
  const log = createLog(process, config.LOG_LEVEL);
  const applied = await migrate(config.DATABASE_URL);
  if (applied.length > 0) log.info({ applied }, "database migrated");
  const database = await openDatabase(config.DATABASE_URL, config.DATABASE_TIMEOUT_SECONDS);
  const folder = new RecordingsFolder(config.RECORDINGS_DIR);
  await settleInstallation(database, folder).catch(async (error) => {
    await database.$disconnect();
    throw error;
  });

  const redisUrl = redisUrlOf(config);
  const redis = connectRedis(redisUrl, "producer", log);
  const subscriber = connectRedis(redisUrl, "consumer", log);
  const compileQueue = new CompileQueue(redis, log);
  const followQueue = new FollowQueue(redis, log);
  const mjpegQueue = new MjpegQueue(redis, log);
  const captureQueue = new CaptureQueue(redis, redisUrl, log);
  const changes = new ChangeFeed({ publisher: redis, subscriber });
  const progress = new Map<string, CompileProgress>();
  const extraProgress: ExtraProgress = new Map();
  changes.subscribe((change) => {
    const { kind, recordingId } = change;
    if (kind === "progress") progress.set(recordingId, change.progress);
    else if (kind === "extra_progress") {
      extraProgress.set(recordingId, { ...extraProgress.get(recordingId), [change.extra]: change.fraction });
    } else {
      progress.delete(recordingId);
      extraProgress.delete(recordingId);
    }
  });

  return {
    config,
    log,
    database,
    folder,
    redis,
    compileQueue,
    followQueue,
    mjpegQueue,
    cameras: new CamerasFolder(folder),
    captureQueue,
    changes,
    outbound: new OutboundGuard(config.OUTBOUND_NETWORKS),
    sealer: new Sealer(config.SECRET),
    objectStore: await openObjectStore(config),
    progress,
    extraProgress,
    async close() {
      await compileQueue.close().catch(() => {});
      await followQueue.close().catch(() => {});
      await mjpegQueue.close().catch(() => {});
      await captureQueue.close().catch(() => {});
      subscriber.disconnect();
      redis.disconnect();
      await database.$disconnect();
    },
  };
}

/** Loaded only where there is one: the SDK takes a second to start, and memory. */
async function openObjectStore(config: Config): Promise<ObjectStore | null> {
  if (config.S3_BUCKET === "") return null;
  const { S3ObjectStore } = await import("@/lib/server/storage/s3-object-store");
  return new S3ObjectStore(config);
}

const SLOT = Symbol.for("tapedeck.services");

/** Makes the process's services reachable for code that Next bundled. */
export function provideServices(services: Services): void {
  (globalThis as Record<symbol, unknown>)[SLOT] = services;
}

/** The services of this process. @throws when it was not started by server/index.ts */
export function services(): Services {
  const provided = (globalThis as Record<symbol, unknown>)[SLOT] as Services | undefined;
  if (provided === undefined) throw new Error("Pages are served by server/index.ts, which provides the services.");
  return provided;
}
