/** The picture that stands for a recording, made while it runs: of its beginning, and again each time it is ten times as long. */
import fs from "node:fs/promises";
import path from "node:path";
import { fragmentHeader, initSegment } from "@/lib/media/mp4/fragments";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import type { Services } from "@/lib/server/services";
import { makeThumbnail } from "@/worker/compile/make-thumbnail";
import { ProgressMeter } from "@/worker/compile/progress-meter";
import type { FollowContext } from "@/worker/follow/follow-context";

const GROWTH = 10;
/** From the second one on it shows a tenth of what there is by then, at the latest. */
const FIRST_AGAIN_MS = 10_000;

export class LiveThumbnail {
  readonly #services: Services;
  readonly #context: FollowContext;
  readonly #recordingId: string;
  readonly #run: string;
  #playedMs = 0;
  #dueMs = 0;
  #isBusy = false;
  current: { bytes: Buffer; width: number; height: number } | null = null;
  /** Resolves when nothing is being made. */
  done: Promise<void> = Promise.resolve();

  constructor(services: Services, context: FollowContext, recordingId: string, run: string) {
    this.#services = services;
    this.#context = context;
    this.#recordingId = recordingId;
    this.#run = run;
  }

  /** Takes a picture of a segment when it is time for one. */
  offer(mp4: string, header: LiveHeader, segment: LiveSegment): void {
    const atMs = this.#playedMs;
    this.#playedMs += segment.durationMs;
    if (header.video === null || segment.video?.keyframes[0] !== 0 || atMs < this.#dueMs || this.#isBusy) return;
    this.#dueMs = Math.max(FIRST_AGAIN_MS, atMs * GROWTH);
    this.#isBusy = true;
    this.done = this.#make(mp4, header, segment)
      // Without one it is made when the file is checked.
      .catch((error) => this.#context.log.warn({ error: String(error) }, "no thumbnail could be made yet"))
      .finally(() => {
        this.#isBusy = false;
      });
  }

  async #make(mp4: string, header: LiveHeader, segment: LiveSegment): Promise<void> {
    const { config, log, inputLimits, signal } = this.#context;
    const { folder } = this.#services;
    const { video } = header;
    if (video === null) return;
    const handle = await fs.open(mp4, "r");
    const samples = Buffer.alloc(segment.lengthBytes);
    await handle.read(samples, 0, samples.length, segment.offsetBytes).finally(() => handle.close());
    const workFolder = await folder.makeWorkFolder(this.#recordingId, `follow-${this.#run}`);
    try {
      const file = path.join(workFolder, "segment.mp4");
      // At its own time it would lie behind what is looked at.
      const first = { ...segment, video: segment.video === null ? null : { ...segment.video, firstTicks: 0 } };
      const alone = { ...header, video: { ...video, startTicks: 0 } };
      await fs.writeFile(file, Buffer.concat([initSegment(alone), fragmentHeader(alone, first, 1), samples]));
      const made = await makeThumbnail(
        {
          ...{ config, log, threads: 1, inputLimits, signal, workFolder },
          ffmpeg: ffmpegOf(config, 1),
          progress: new ProgressMeter(() => {}),
        },
        file,
        { size: video, durationMs: segment.durationMs, videoDelayMs: 0, videoMs: 0 },
      );
      if (made === null) return;
      this.current = { bytes: await fs.readFile(made.file), width: made.width, height: made.height };
    } finally {
      await fs.rm(workFolder, { recursive: true, force: true });
      await fs.rmdir(path.dirname(workFolder)).catch(() => {});
    }
  }
}
