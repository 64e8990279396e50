/**
 * Brings the pictures of several takes to one form, a file each, so that their packets can follow one another in one
 * stream: copied where all of them are the same already, encoded with the same settings otherwise. A picture stands
 * until the next take's first. One that is long and has to be encoded is made in pieces, a file each.
 */
import fs from "node:fs/promises";
import path from "node:path";
import type { VideoCodec } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import { commonColors } from "@/lib/media/colors";
import type { CompilePlan, VideoPlan } from "@/lib/media/compile-args";
import { blackArgs, joinList, type ListedPicture } from "@/lib/media/join-args";
import { type PictureEncoding, X264 } from "@/lib/media/video-encoders";
import { checkStreams, type Expectation } from "@/worker/compile/check-output";
import type { ChosenSources } from "@/worker/compile/choose-sources";
import type { CompileContext } from "@/worker/compile/compile-context";
import { runWriting, type Writing, writeOutput } from "@/worker/compile/write-output";
import { boardOf } from "@/worker/pieces/cut-picture";
import { encodeAll } from "@/worker/pieces/encode-pieces";

/** The picture of one take, where it lies in the recording's media time. */
export interface LaidPicture {
  plan: VideoPlan;
  sources: ChosenSources;
  takeNumber: number;
  fromMs: number;
}

export interface LaidPictures {
  /** Absolute path of the list that joins them. */
  list: string;
  /** Pictures in all of them. */
  frames: number;
  /** The longest time from the beginning of one of them to that of the next, milliseconds. */
  longestStillMs: number;
}

/** The same pictures as they can be joined without encoding; null when they must be encoded. */
export function copiedPictures(pictures: readonly LaidPicture[]): LaidPicture[] | null {
  const [first] = pictures;
  const isOne = pictures.every(
    ({ plan: { encode, size } }) =>
      encode === null && size.width === first?.plan.size.width && size.height === first.plan.size.height,
  );
  // Black before the first picture has to be encoded, and the rest as it is.
  return isOne && first?.fromMs === 0 ? [...pictures] : null;
}

/** The same pictures, all encoded in the size and the colours of the first. */
export function encodedPictures(pictures: readonly LaidPicture[], encode: PictureEncoding): LaidPicture[] {
  const recorded = pictures.map(({ sources }) => sources.video?.track.probe.video?.colors ?? commonColors([]));
  const compiled = commonColors(recorded);
  return pictures.map((picture, index) => ({
    ...picture,
    plan: {
      ...picture.plan,
      size: (pictures[0] as LaidPicture).plan.size,
      encode,
      colors: { recorded: recorded[index] ?? compiled, compiled },
    },
  }));
}

/**
 * @param writing `durationMs` of all pictures together
 * @throws {AppError} internal when one is not as its timestamps say, or they cannot be one stream
 */
export async function layPictures(
  context: CompileContext,
  pictures: readonly LaidPicture[],
  about: Pick<CompilePlan, "title" | "recordedAt">,
  writing: Pick<Writing, "durationMs" | "rawBytes" | "onShare">,
): Promise<LaidPictures> {
  const [first] = pictures as readonly [LaidPicture, ...LaidPicture[]];
  const parameters = new Set<string>();
  const listed: (Omit<ListedPicture, "untilNextMs"> & { fromMs: number })[] = [];
  let frames = 0;
  let doneMs = 0;
  if (first.fromMs > 0) {
    const black = await writeBlack(context, first.plan);
    parameters.add(black.parameters);
    listed.push({ filename: black.filename, fromMs: 0 });
    frames += 1;
  }
  for (const picture of pictures) {
    const { sources } = picture;
    const beforeMs = doneMs;
    const onShare = (share: number) => writing.onShare((beforeMs + share * sources.videoMs) / writing.durationMs);
    for (const { filename, fromMs, expected } of await writePicture(context, picture, about, { ...writing, onShare })) {
      const file = path.join(context.workFolder, filename);
      const probe = await checkStreams(context, file, { video: expected, audio: null });
      parameters.add(probe.video?.parameters ?? "");
      listed.push({ filename, fromMs });
      frames += expected.frames;
    }
    doneMs += sources.videoMs;
  }
  if (parameters.size > 1) {
    throw new AppError("internal", "takes_differ", "The parts of the recording could not be joined.", {
      detail: `parameters of the pictures: ${[...parameters].join(", ")}`,
    });
  }
  const stills = listed.map(({ fromMs }, index) => {
    const next = listed[index + 1];
    return next === undefined ? null : next.fromMs - fromMs;
  });
  const list = path.join(context.workFolder, "pictures.txt");
  await fs.writeFile(
    list,
    joinList(listed.map(({ filename }, index) => ({ filename, untilNextMs: stills[index] ?? null }))),
  );
  return { list, frames, longestStillMs: Math.max(0, ...stills.map((still) => still ?? 0)) };
}

/** A file of the work folder with a picture, or a piece of one, and what it must be. */
interface WrittenPicture {
  filename: string;
  /** Where it lies in the recording's media time. */
  fromMs: number;
  expected: NonNullable<Expectation["video"]>;
}

/** Makes one picture, in pieces when it is long and has to be encoded. */
async function writePicture(
  context: CompileContext,
  picture: LaidPicture,
  about: Pick<CompilePlan, "title" | "recordedAt">,
  writing: Pick<Writing, "rawBytes" | "onShare">,
): Promise<WrittenPicture[]> {
  const { plan, sources, takeNumber, fromMs } = picture;
  const { blocks, stepMs } = sources.video?.report ?? { blocks: 0, stepMs: 0 };
  const common = { stepMs, size: plan.size, codec: codecOf(plan) };
  const board = await boardOf(context, picture);
  if (board === null) {
    const filename = `picture-${takeNumber}.mp4`;
    const alone = { ...about, video: { ...plan, delayMs: 0 }, audio: null };
    await writeOutput(context, alone, { ...writing, filename, durationMs: sources.videoMs });
    return [{ filename, fromMs, expected: { ...common, durationMs: sources.videoMs, frames: blocks } }];
  }
  await encodeAll(context, board, writing.onShare);
  const { cut, endMs } = board.plan;
  const firstMs = cut.pieces[0]?.fromMs ?? 0;
  return Promise.all(
    cut.pieces.map(async (piece, index) => {
      const filename = `picture-${takeNumber}-${index}.mp4`;
      // A list names files of its own folder alone. Not every disk knows links.
      const file = path.join(context.workFolder, filename);
      await fs.link(board.file(index), file).catch(() => fs.copyFile(board.file(index), file));
      const expected = { ...common, durationMs: (piece.untilMs ?? endMs) - piece.fromMs, frames: piece.pictures };
      return { filename, fromMs: fromMs + piece.fromMs - firstMs, expected };
    }),
  );
}

/** What the picture is in the compiled file. */
export function codecOf({ encode }: Pick<VideoPlan, "encode">): VideoCodec {
  return encode === null ? "h264" : (encode.encoder ?? X264).codec;
}

async function writeBlack(context: CompileContext, plan: VideoPlan): Promise<{ filename: string; parameters: string }> {
  const filename = "black.mp4";
  const writing = { durationMs: 1000, rawBytes: 0, filename, onShare: () => {} };
  const file = await runWriting(context, writing, (limits, out) => blackArgs(plan, limits, out));
  const expected = { durationMs: 0, frames: 1, stepMs: 1000, size: plan.size, codec: codecOf(plan) };
  const probe = await checkStreams(context, file, { video: expected, audio: null });
  return { filename, parameters: probe.video?.parameters ?? "" };
}
