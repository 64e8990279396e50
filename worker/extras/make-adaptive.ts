/** Makes several resolutions of the MP4, as HLS: what a player chooses from by the network it has. */
import fs from "node:fs/promises";
import path from "node:path";
import { AppError } from "@/lib/domain/errors";
import { HLS_OUTPUT, RENDITION_LISTS, RENDITION_OUTPUTS } from "@/lib/domain/extras";
import { EXTRA_FILENAMES } from "@/lib/domain/names";
import {
  adaptiveArgs,
  avcCodecOf,
  multivariantPlaylist,
  readPlaylist,
  renditionsOf,
  type Variant,
} from "@/lib/media/adaptive";
import { parseProgressLine } from "@/lib/media/ffmpeg-progress";
import type { MadeOutput } from "@/lib/server/recordings/compilation";
import { readStart } from "@/lib/server/storage/read-start";
import { describeFile } from "@/worker/extras/describe-file";
import type { ExtraContext } from "@/worker/extras/extra-context";

const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
/** Where the decoder's configuration is: long before. */
const HEAD_BYTES = 64 * 1024;
/** A playlist counts to the last picture or sound, whichever is later; more is missing. */
const MAX_MISSING_SECONDS = 0.5;
/** The bound of a bit rate is kept on average of some seconds; sound and headers come to it. */
const SLACK = { factor: 1.5, bytes: 64 * 1024 ** 2 } as const;

/** @throws {AppError} with the cause when FFmpeg fails or what it made is not whole; whatever the signal was aborted with */
export async function makeAdaptive(context: ExtraContext): Promise<MadeOutput[]> {
  const { ffmpeg, file, inputLimits, threads, signal, workFolder, mp4, onShare } = context;
  const seconds = (mp4.durationMs ?? 0) / 1000;
  const renditions = renditionsOf({ width: mp4.width ?? 0, height: mp4.height ?? 0 });
  const names = renditions.map((_, index) => ({
    mp4: RENDITION_OUTPUTS[index] as (typeof RENDITION_OUTPUTS)[number],
    list: RENDITION_LISTS[index] as (typeof RENDITION_LISTS)[number],
  }));
  const inWork = (kind: keyof typeof EXTRA_FILENAMES) => path.join(workFolder, EXTRA_FILENAMES[kind]);
  const files = names.map(({ mp4: kind, list }) => ({ mp4: inWork(kind), playlist: inWork(list) }));
  const largest = Math.ceil(((renditions[0]?.maxBps ?? 0) / 8) * seconds * SLACK.factor) + SLACK.bytes;
  await ffmpeg.ffmpeg(adaptiveArgs({ file, container: "mp4" }, renditions, files, { ...inputLimits, threads }), {
    ...{ signal, fileBytes: largest },
    onLine: (line) => {
      const madeMs = parseProgressLine(line);
      if (madeMs !== null && seconds > 0) onShare(madeMs / 1000 / seconds);
    },
  });
  const made: MadeOutput[] = [];
  const variants: Variant[] = [];
  for (const [index, { width, height }] of renditions.entries()) {
    const { mp4: kind, list } = names[index] as (typeof names)[number];
    const facts = readPlaylist(await fs.readFile(inWork(list), "utf8"));
    if (seconds - facts.seconds > MAX_MISSING_SECONDS) {
      throw new AppError("unprocessable", "output_incomplete", "What FFmpeg made is shorter than the recording.", {
        detail: `${height} lines: ${facts.seconds} s of ${seconds} s`,
      });
    }
    const codecs = [avcCodecOf(await readStart(inWork(kind), HEAD_BYTES)) ?? "avc1.640028"];
    if (mp4.audioCodec !== null) codecs.push("mp4a.40.2");
    variants.push({ ...facts, width, height, codecs, uri: EXTRA_FILENAMES[list] });
    const picture = { durationMs: mp4.durationMs, width, height };
    made.push(
      await describeFile(inWork(kind), {
        ...{ kind, filename: EXTRA_FILENAMES[kind], contentType: "video/mp4", ...picture },
        ...{ videoCodec: "h264", audioCodec: mp4.audioCodec },
      }),
      await describeFile(inWork(list), { kind: list, filename: EXTRA_FILENAMES[list], contentType: PLAYLIST_TYPE }),
    );
  }
  const master = inWork(HLS_OUTPUT);
  await fs.writeFile(master, multivariantPlaylist(variants));
  const about = { kind: HLS_OUTPUT, filename: EXTRA_FILENAMES.hls, contentType: PLAYLIST_TYPE };
  return [...made, await describeFile(master, { ...about, durationMs: mp4.durationMs })];
}
