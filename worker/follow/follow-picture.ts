/** Follows a track of picture: H.264 as it is, everything else through an encoder. */
import { followPictureArgs } from "@/lib/media/follow-args";
import { GrowingBytes } from "@/lib/media/growing-bytes";
import { type ScannedBlock, type ScannedHead, scanMatroska } from "@/lib/media/matroska-scanner";
import type { MatroskaTrack } from "@/lib/media/matroska-tracks";
import { outputSize, type PictureSize } from "@/lib/media/picture-size";
import type { TrackReport } from "@/lib/media/track-timeline";
import type { FollowContext } from "@/worker/follow/follow-context";
import { H264Copier } from "@/worker/follow/h264-copier";
import { LiveEncoder } from "@/worker/follow/live-encoder";
import { asRefusal, Refusal } from "@/worker/follow/refusal";
import type { Segmenter } from "@/worker/follow/segmenter";
import type { TimelineFeed } from "@/worker/follow/timeline-feed";
import type { TrackTail } from "@/worker/follow/track-tail";

const H264 = "V_MPEG4/ISO/AVC";
const ENCODED = new Set(["V_VP8", "V_VP9", "V_AV1"]);
/** What an encoder has written and nobody has read. */
const AHEAD_BYTES = 4 * 1024 ** 2;

/** Takes the blocks of one track. */
interface PictureSink {
  take(block: ScannedBlock, payload: Uint8Array): Promise<void>;
  /** The track is over. */
  end(): Promise<void>;
}

export interface FollowedPicture {
  report: TrackReport;
  /** The picture was encoded. */
  isEncoded: boolean;
}

/** @returns what its timestamps say, when it is over. @throws {Refusal} when it cannot be followed */
export async function followPicture(
  context: FollowContext,
  tail: TrackTail,
  feed: TimelineFeed,
  segmenter: Segmenter,
): Promise<FollowedPicture> {
  let sink: PictureSink | null = null;
  try {
    for await (const item of scanMatroska(tail.bytes)) {
      if (item.type === "damage") throw new Refusal("unreadable", `picture at byte ${item.fromBytes}`);
      if (item.type === "head") sink = await sinkFor(context, item, tail, segmenter);
      else if (item.type === "block") {
        if (item.isLaced) throw new Refusal("unreadable", "laced blocks");
        const { from, to } = item.payload;
        const payload = (await tail.bytes.read(from, to - from, to - from)).subarray(0, to - from);
        await sink?.take(item, payload);
        tail.bytes.release(item.endBytes);
        feed.take(item);
      } else tail.bytes.release(Number.POSITIVE_INFINITY);
    }
    await sink?.end();
  } catch (error) {
    throw asRefusal(error);
  }
  const report = feed.finish(tail.finalBytes ?? 0);
  await segmenter.endVideo(report.stepMs);
  return { report, isEncoded: sink instanceof Encoding };
}

async function sinkFor(
  context: FollowContext,
  head: ScannedHead,
  tail: TrackTail,
  segmenter: Segmenter,
): Promise<PictureSink> {
  const [track] = head.tracks;
  if (head.tracks.length !== 1 || track?.kind !== "video") throw new Refusal("both_in_one", "picture");
  if (track.codecId === H264) return copying(track, segmenter, context.settings.longestSidePx);
  if (!ENCODED.has(track.codecId)) throw new Refusal("parameters", track.codecId);
  const { width, height } = track;
  if (width === null || height === null) throw new Refusal("parameters", "the size is not said");
  if (width * height > context.inputLimits.maxPixels) throw new Refusal("parameters", `${width}x${height}`);
  const size = { width, height };
  if (!(await context.takeEncoder(size))) throw new Refusal("no_capacity");
  return new Encoding(context, size, tail, segmenter);
}

function copying(track: MatroskaTrack, segmenter: Segmenter, longestSidePx: number): PictureSink {
  const copier = new H264Copier(track.codecPrivate, longestSidePx);
  return {
    async take({ timestampMs, keyframe }, payload) {
      const bytes = copier.copy(payload);
      segmenter.videoFormat ??= copier.format;
      await segmenter.addVideo({ timestampMs, keyframe, bytes });
    },
    end: async () => {},
  };
}

/** Through an encoder, whose own Matroska is read as it comes. */
class Encoding implements PictureSink {
  readonly #encoder: LiveEncoder;
  readonly #written = new GrowingBytes();
  readonly #reading: Promise<void>;
  readonly #tail: TrackTail;
  #sentBytes = 0;

  constructor(context: FollowContext, recorded: PictureSize, tail: TrackTail, segmenter: Segmenter) {
    this.#tail = tail;
    const size = outputSize(recorded, context.settings.longestSidePx);
    const limits = { ...context.inputLimits, threads: context.threads };
    this.#encoder = new LiveEncoder(context, followPictureArgs(limits, context.settings, size), async (bytes) => {
      this.#written.push(bytes);
      await this.#written.room(AHEAD_BYTES);
    });
    this.#encoder.done.then(
      () => this.#written.end(),
      (error) => this.#written.fail(error),
    );
    this.#reading = this.#read(segmenter);
    this.#reading.catch((error) => this.#written.fail(error));
  }

  async take(block: ScannedBlock): Promise<void> {
    const length = block.endBytes - this.#sentBytes;
    await this.#encoder.write((await this.#tail.bytes.read(this.#sentBytes, length, length)).subarray(0, length));
    this.#sentBytes = block.endBytes;
  }

  async end(): Promise<void> {
    await this.#encoder.end();
    await this.#reading;
  }

  async #read(segmenter: Segmenter): Promise<void> {
    let copier: H264Copier | null = null;
    for await (const item of scanMatroska(this.#written)) {
      if (item.type === "head") copier = new H264Copier(item.tracks[0]?.codecPrivate ?? null, 0);
      else if (item.type === "block" && copier !== null) {
        const { from, to } = item.payload;
        const payload = (await this.#written.read(from, to - from, to - from)).subarray(0, to - from);
        const bytes = copier.copy(payload);
        segmenter.videoFormat ??= copier.format;
        this.#written.release(item.endBytes);
        await segmenter.addVideo({ timestampMs: item.timestampMs, keyframe: item.keyframe, bytes });
      } else if (item.type === "damage") throw new Refusal("encoder", "what it wrote cannot be read");
    }
  }
}
