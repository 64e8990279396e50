/** Makes the file of a recording that is a part of another one: cut out of the original's MP4, copied or encoded. */
import { cutWithin } from "@/lib/domain/cut";
import { AppError } from "@/lib/domain/errors";
import { gapCause } from "@/lib/domain/gap-causes";
import type { LedgerGap } from "@/lib/domain/gap-ledger";
import type { TrackKind } from "@/lib/domain/recording-state";
import { type CutPlan, cutArgs, cutStartMs, findCutPictures } from "@/lib/media/cut-args";
import { probeInputArgs } from "@/lib/media/ffmpeg-input";
import {
  PACKETS_ARGS,
  PROBE_ARGS,
  type Probe,
  type ProbedPacket,
  parsePacketLine,
  parseProbe,
} from "@/lib/media/ffprobe-output";
import type { Cut } from "@/lib/server/database/client";
import type { Claim } from "@/lib/server/recordings/compilation";
import type { Services } from "@/lib/server/services";
import { checkOutput } from "@/worker/compile/check-output";
import { chooseEncoding, inSoftware } from "@/worker/compile/choose-encoding";
import type { CompileContext } from "@/worker/compile/compile-context";
import { type Compiled, describeOutputs } from "@/worker/compile/compile-recording";
import { PHASE_ENDS } from "@/worker/compile/join-takes";
import { runWriting } from "@/worker/compile/write-output";

/** @throws {AppError} with words for the user when it cannot be made; whatever `context.signal` was aborted with */
export async function cutRecording(
  context: CompileContext,
  { database, folder }: Pick<Services, "database" | "folder">,
  { recording, settings }: Claim,
): Promise<Compiled> {
  const { progress } = context;
  const cut = recording.cut as Cut;
  const ends = cut.mode === "exact" ? PHASE_ENDS.encoding : PHASE_ENDS.copying;
  progress.begin("probing", ends.probing);
  const original = await database.recording.findFirst({
    where: { id: cut.originalId, ownerId: recording.ownerId, state: "ready", deletedAt: null },
    include: { outputs: true, gaps: true },
  });
  const mp4 = original?.outputs.find(({ kind }) => kind === "mp4");
  if (original == null || mp4 === undefined) {
    throw new AppError("unprocessable", "original_gone", "The recording that this is a part of was deleted.");
  }
  const file = folder.file(original.id, mp4.filename);
  const probe = await probeMp4(context, file);
  const span = cutWithin(cut, probe.durationMs ?? 0);
  if (span === null) throw new AppError("unprocessable", "nothing_left", "There is nothing between the two places.");

  const isCopied = cut.mode === "keyframe";
  const pictures = probe.video === null ? null : findCutPictures(await packetsOf(context, file, span), span, isCopied);
  if (probe.video !== null && pictures === null) {
    throw new AppError("unprocessable", "no_picture", "There is no picture between the two places.");
  }
  const encoding = isCopied ? null : inSoftware(await chooseEncoding(context, settings));
  const plan: CutPlan = {
    ...{ file, ...span, pictures, hasSound: probe.audio !== null, title: recording.title },
    recordedAt: new Date(original.createdAt.getTime() + span.fromMs),
    encode: encoding === null ? null : { video: encoding, audioBitrateBps: settings.audioBitrateBps },
  };
  const startMs = cutStartMs(plan);
  const durationMs = span.toMs - startMs;

  progress.begin("compiling", ends.compiling);
  const writing = { durationMs, rawBytes: Number(mp4.sizeBytes), filename: "compiled.mp4" };
  const made = await runWriting(
    context,
    { ...writing, onShare: (share) => progress.update(share) },
    (limits, outFile) => cutArgs(plan, limits, outFile),
  );
  progress.begin("checking", ends.checking);
  const soundMs = Math.max(0, Math.min(span.toMs, probe.audio?.durationMs ?? span.toMs) - startMs);
  const checked = await checkOutput(context, made, {
    video:
      pictures === null || probe.video === null
        ? null
        : {
            ...{ frames: pictures.frames, stepMs: pictures.stepMs, size: probe.video.size },
            durationMs: pictures.lastMs + pictures.stepMs - startMs,
            codec: encoding?.encoder?.codec ?? (isCopied ? (probe.video.codec as "h264") : "h264"),
          },
    audio: probe.audio === null ? null : { durationMs: soundMs },
  });
  progress.begin("finishing", 1);
  const written = { file: made, checked, videoDelayMs: 0, videoMs: checked.durationMs };
  return {
    made: await describeOutputs(context, recording.id, written),
    facts: {
      durationMs: checked.durationMs,
      width: checked.probe.video?.size.width ?? null,
      height: checked.probe.video?.size.height ?? null,
      gaps: gapsWithin(original.gaps, startMs, checked.durationMs),
    },
  };
}

async function probeMp4({ ffmpeg, inputLimits, signal }: CompileContext, file: string): Promise<Probe> {
  let json = "";
  await ffmpeg.ffprobe(["-v", "error", ...PROBE_ARGS, ...probeInputArgs({ file, container: "mp4" }, inputLimits)], {
    signal,
    onLine: (line) => void (json += `${line}\n`),
  });
  return parseProbe(json);
}

/** The picture's packets from the key frame before the span to its end. */
async function packetsOf(
  { ffmpeg, inputLimits, signal }: CompileContext,
  file: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<ProbedPacket[]> {
  const packets: ProbedPacket[] = [];
  const interval = `${(fromMs / 1000).toFixed(3)}%${(toMs / 1000).toFixed(3)}`;
  const args = ["-v", "error", "-select_streams", "v:0", "-read_intervals", interval, ...PACKETS_ARGS];
  await ffmpeg.ffprobe([...args, ...probeInputArgs({ file, container: "mp4" }, inputLimits)], {
    signal,
    onLine: (line) => {
      const packet = parsePacketLine(line);
      if (packet !== null) packets.push(packet);
    },
  });
  return packets;
}

/** What was missing of the original is missing of its part. */
function gapsWithin(
  gaps: readonly { kind: string | null; fromMs: number; toMs: number; code: string; cause: string }[],
  startMs: number,
  durationMs: number,
): LedgerGap[] {
  return gaps.flatMap(({ kind, fromMs, toMs, code, cause }) => {
    const from = Math.max(0, Math.round(fromMs - startMs));
    const to = Math.min(durationMs, Math.round(toMs - startMs));
    return to > from ? [{ kind: kind as TrackKind | null, fromMs: from, toMs: to, code: gapCause(code), cause }] : [];
  });
}
