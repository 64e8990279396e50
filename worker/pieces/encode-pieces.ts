/** Encodes pieces of a long picture: as whoever compiles the recording does, and as helpers do beside it. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { pieceArgs } from "@/lib/media/piece-args";
import { X264 } from "@/lib/media/video-encoders";
import { checkOutput } from "@/worker/compile/check-output";
import type { CompileContext } from "@/worker/compile/compile-context";
import { runWriting } from "@/worker/compile/write-output";
import type { PieceBoard } from "@/worker/pieces/piece-board";

/** What encoding a piece takes. */
export type PieceContext = Pick<CompileContext, "ffmpeg" | "inputLimits" | "threads" | "signal">;

const BEAT_MS = 1000;
/** Nothing is free, and something is not made yet: somebody else is at it. */
const LOOK_MS = 500;
const ASK_AGAIN_MS = 30_000;
const READ_BYTES = 1024 ** 2;

/**
 * Encodes until all pieces are there, whoever makes them.
 *
 * @param onShare told how much of all is done, from 0 to 1
 * @throws {AppError} with the cause when a piece cannot be made; whatever `context.signal` was aborted with
 */
export async function encodeAll(
  context: PieceContext & Pick<CompileContext, "askForHelp">,
  board: PieceBoard,
  onShare: (share: number) => void,
): Promise<void> {
  const worker = randomUUID();
  let askedAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    context.signal.throwIfAborted();
    if (performance.now() - askedAtMs > ASK_AGAIN_MS) {
      // Also workers that were started since.
      askedAtMs = performance.now();
      await context.askForHelp?.(path.basename(board.folder), board.pieces);
    }
    const index = await board.claim(worker, { isOwner: true });
    const tell = async () => onShare(await board.share());
    if (index !== null) {
      await encodeClaimed(context, board, index, worker, tell).catch(async (error) => {
        await board.release(index);
        throw error;
      });
    } else if (await board.isDone()) return;
    else {
      await tell();
      // An abort is thrown by the next turn.
      await delay(LOOK_MS, undefined, { signal: context.signal }).catch(() => {});
    }
  }
}

/**
 * Encodes as long as there are pieces that nobody is at. What it cannot make is left to whoever compiles the recording.
 *
 * @returns how many were made
 */
export async function helpEncoding(context: PieceContext, board: PieceBoard): Promise<number> {
  const worker = randomUUID();
  for (let made = 0; ; made += 1) {
    const index = context.signal.aborted ? null : await board.claim(worker, { isOwner: false });
    if (index === null) return made;
    try {
      await encodeClaimed(context, board, index, worker, () => {});
    } catch (error) {
      if (context.signal.aborted) await board.release(index);
      else await board.leaveToOwner(index);
      throw error;
    }
  }
}

async function encodeClaimed(
  context: PieceContext,
  board: PieceBoard,
  index: number,
  worker: string,
  onBeat: () => void | Promise<void>,
): Promise<void> {
  /** Another worker has taken the claim over, or the recording is gone. */
  const lost = new AbortController();
  const note = { worker, share: 0, beat: 0 };
  const beat = async () => {
    note.beat += 1;
    if (!(await board.beat(index, note))) lost.abort();
    await onBeat();
  };
  // A disk that fails is met by the encoding itself.
  const timer = setInterval(() => void beat().catch(() => {}), BEAT_MS);
  const signal = AbortSignal.any([context.signal, lost.signal]);
  const partFile = path.join(board.folder, `piece-${index}.${worker}.part`);
  try {
    await encodePiece({ ...context, signal }, board, index, partFile, (share) => void (note.share = share));
    await board.deliver(index, partFile);
  } catch (error) {
    await fs.rm(partFile, { force: true });
    if (!lost.signal.aborted || context.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
}

async function encodePiece(
  context: PieceContext,
  { folder, plan: { video, cut, endMs, stepMs } }: PieceBoard,
  index: number,
  partFile: string,
  onShare: (share: number) => void,
): Promise<void> {
  const piece = cut.pieces[index] as (typeof cut.pieces)[number];
  const { fromMs, untilMs, fromBytes, toBytes, pictures } = piece;
  const durationMs = (untilMs ?? endMs) - fromMs;
  const input = Readable.from(bytesOf(video.file, [0, cut.headBytes], [fromBytes, toBytes]), { objectMode: false });
  const rawBytes = toBytes - fromBytes;
  await runWriting(
    { ...context, workFolder: folder },
    { durationMs, rawBytes, filename: path.basename(partFile), onShare },
    (limits, out) => pieceArgs(video, fromMs, limits, out),
    input,
  );
  const codec = (video.encode.encoder ?? X264).codec;
  // Decoded whole, here where there are many to do it; of the joined file only key frames and edges are.
  await checkOutput(context, partFile, {
    video: { durationMs, frames: pictures, size: video.size, stepMs, codec },
    audio: null,
  });
}

async function* bytesOf(file: string, ...ranges: [from: number, to: number][]): AsyncGenerator<Buffer> {
  for (const [start, to] of ranges) yield* createReadStream(file, { start, end: to - 1, highWaterMark: READ_BYTES });
}
