/**
 * Workers that help one another with long pictures: a queue whose jobs only say where pieces are being made. A job that
 * comes too late, or twice, finds nothing to do.
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { type Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { WORK_FOLDER } from "@/lib/domain/names";
import { PIECE_QUEUE, type PieceJob, pieceJob } from "@/lib/protocol/jobs";
import { ffmpegOf, inputLimitsOf } from "@/lib/server/ffmpeg/run";
import { openQueue } from "@/lib/server/queue/open-queue";
import type { Services } from "@/lib/server/services";
import { helpEncoding } from "@/worker/pieces/encode-pieces";
import { PieceBoard } from "@/worker/pieces/piece-board";

/** More are not asked for one recording. */
const MAX_HELPERS = 16;

export interface Helping {
  /**
   * Asks every worker that has time, this one too, as long as there are pieces. Without Redis nobody hears it.
   *
   * @param folder of the board, inside the recording's work folder
   */
  ask(recordingId: string, folder: string, pieces: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param threads of one FFmpeg
 * @param queueOptions of the worker's other queues: connection and locks
 */
export function startHelping(
  services: Services,
  threads: number,
  queueOptions: { connection: Redis; lockDuration: number; stalledInterval: number },
): Helping {
  const { config, log, changes, folder, redis } = services;
  const queue = openQueue<PieceJob>(PIECE_QUEUE, redis);
  const running = new Set<{ recordingId: string; controller: AbortController }>();
  let isClosing = false;
  const unsubscribe = changes.subscribe((change) => {
    if (change.kind !== "deleted") return;
    for (const { recordingId, controller } of running) if (recordingId === change.recordingId) controller.abort();
  });

  const help = async (job: Job<PieceJob>): Promise<void> => {
    const { recordingId, folder: name } = pieceJob.parse(job.data);
    const board = await PieceBoard.open(path.join(folder.folder(recordingId), WORK_FOLDER, path.basename(name)));
    if (board === null || isClosing) return;
    const helping = { recordingId, controller: new AbortController() };
    running.add(helping);
    try {
      const made = await helpEncoding(
        {
          ffmpeg: ffmpegOf(config, threads),
          threads,
          inputLimits: inputLimitsOf(config),
          signal: helping.controller.signal,
        },
        board,
      );
      if (made > 0) log.info({ recordingId, pieces: made }, "helped with a long picture");
    } catch (error) {
      if (!helping.controller.signal.aborted) throw error;
    } finally {
      running.delete(helping);
    }
  };
  const worker = new Worker<PieceJob>(PIECE_QUEUE, help, {
    ...queueOptions,
    // Beside the one that compiles the recording.
    concurrency: Math.max(1, Math.floor(availableParallelism() / threads) - 1),
    maxStalledCount: 1000,
  });
  worker.on("error", () => {});
  worker.on("failed", (job, error) =>
    log.warn({ recordingId: job?.data.recordingId, error: String(error) }, "piece is left to whoever compiles"),
  );

  return {
    async ask(recordingId, name, pieces) {
      if (redis.status !== "ready" || isClosing) return;
      const jobs = Array.from({ length: Math.min(MAX_HELPERS, pieces - 1) }, (_, index) => ({
        name: "help",
        data: { recordingId, folder: path.basename(name) },
        opts: { jobId: `pieces-${recordingId}-${path.basename(name)}-${index}` },
      }));
      await queue.addBulk(jobs).catch(() => {});
    },
    async close() {
      isClosing = true;
      unsubscribe();
      for (const { controller } of running) controller.abort();
      await worker.close();
      await queue.close();
    },
  };
}
