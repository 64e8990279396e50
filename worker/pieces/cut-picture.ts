/** Decides whether a picture is encoded in pieces, and makes the board on which workers find them. */
import path from "node:path";
import { piecesFolder } from "@/lib/domain/names";
import type { VideoPlan } from "@/lib/media/compile-args";
import { cutMatroska } from "@/lib/media/matroska-pieces";
import { openFileSource } from "@/lib/server/storage/file-source";
import type { ChosenSources } from "@/worker/compile/choose-sources";
import type { CompileContext } from "@/worker/compile/compile-context";
import { PieceBoard } from "@/worker/pieces/piece-board";

/** The picture of one take, and what is to be made of it. */
interface Picture {
  plan: VideoPlan;
  sources: ChosenSources;
  takeNumber: number;
}

/** A picture that is shorter than so many pieces is encoded whole. */
const MIN_PIECES = 2.5;

/** Whether it is long enough, and of a kind that can be cut; only reading it tells where. */
export function isLongEncoding(
  { config: { COMPILE_PIECE_SECONDS }, isStream }: Pick<CompileContext, "config" | "isStream">,
  { plan, sources: { video, videoMs } }: Pick<Picture, "plan" | "sources">,
): boolean {
  return (
    COMPILE_PIECE_SECONDS > 0 &&
    videoMs >= MIN_PIECES * COMPILE_PIECE_SECONDS * 1000 &&
    plan.encode !== null &&
    // One card does not encode faster when it is asked twice.
    (plan.encode.encoder?.hardware ?? null) === null &&
    isStream !== true &&
    video?.track.container === "matroska" &&
    video.track.probe.video?.hasReorderedFrames === false
  );
}

/** @returns null when it is to be encoded whole */
export async function boardOf(context: CompileContext, picture: Picture): Promise<PieceBoard | null> {
  const { plan, sources, takeNumber } = picture;
  const { encode, size, colors, file } = plan;
  if (!isLongEncoding(context, picture) || encode === null || sources.video === null) return null;
  const { endMs, stepMs, firstMs } = sources.video.report;
  const source = await openFileSource(file);
  try {
    const cut = await cutMatroska(source, context.config.COMPILE_PIECE_SECONDS * 1000);
    // What the track was measured as, and what is cut, begin with the same picture.
    if (cut === null || cut.pieces[0]?.fromMs !== firstMs) return null;
    const video = { file, size, encode, ...(colors === undefined ? {} : { colors }) };
    const folder = path.join(path.dirname(context.workFolder), piecesFolder(takeNumber));
    return await PieceBoard.create(folder, { video, cut, endMs, stepMs });
  } finally {
    await source.close();
  }
}
