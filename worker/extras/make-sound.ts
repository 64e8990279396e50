/** Makes a file of the sound alone, copied from the MP4. */
import path from "node:path";
import { SOUND_OUTPUT } from "@/lib/domain/extras";
import { EXTRA_FILENAMES } from "@/lib/domain/names";
import { aboutArgs } from "@/lib/media/compile-args";
import { inputArgs } from "@/lib/media/ffmpeg-input";
import type { MadeOutput } from "@/lib/server/recordings/compilation";
import { describeFile } from "@/worker/extras/describe-file";
import type { ExtraContext } from "@/worker/extras/extra-context";

/** @throws {AppError} with the cause when FFmpeg fails; whatever the signal was aborted with */
export async function makeSound(context: ExtraContext): Promise<MadeOutput[]> {
  const { ffmpeg, file: mp4File, inputLimits, signal, workFolder, recording, mp4 } = context;
  const file = path.join(workFolder, EXTRA_FILENAMES.m4a);
  await ffmpeg.ffmpeg(
    [
      ...["-nostdin", "-hide_banner", "-v", "error", "-y", "-abort_on", "empty_output"],
      ...inputArgs({ file: mp4File, container: "mp4" }, inputLimits, ["-discard:v", "all"]),
      ...["-map", "0:a:0", "-vn", "-sn", "-dn", "-c:a", "copy", "-map_metadata", "-1", "-map_chapters", "-1"],
      ...aboutArgs({ title: recording.title, recordedAt: recording.createdAt }),
      ...["-movflags", "+faststart", "-f", "ipod", `file:${file}`],
    ],
    // The whole MP4 is the bound of a part of it.
    { signal, fileBytes: Number(mp4.sizeBytes) + 1024 ** 2 },
  );
  return [
    await describeFile(file, {
      ...{ kind: SOUND_OUTPUT, filename: EXTRA_FILENAMES.m4a, contentType: "audio/mp4" },
      ...{ durationMs: mp4.durationMs, audioCodec: mp4.audioCodec },
    }),
  ];
}
