/** Follows a track of picture: H.264 as it is, everything else through an encoder. */
import { followPictureArgs } from "@/lib/media/follow-args";
import { GrowingBytes } from "@/lib/media/growing-bytes";
import { type ScannedBlock, type ScannedHead, scanMatroska } from "@/lib/media/matroska-scanner";
import type { MatroskaTrack } from "@/lib/media/matroska-tracks";
import { outputSize, type PictureSize } from "@/lib/media/picture-size";
import type { TrackReport } from "@/lib/media/track-timeline";
import type { EarlierRun } from "@/worker/follow/earlier-run";
import { EncoderFeed } from "@/worker/follow/encoder-feed";
import type { FollowContext } from "@/worker/follow/follow-context";
import { H264Copier } from "@/worker/follow/h264-copier";
import { LiveEncoder } from "@/worker/follow/live-encoder";
import { PictureSeam, type PictureStart } from "@/worker/follow/picture-seam";
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

/**
 * @param earlier a run whose pictures are gone on with where they were encoded; null: there is none
 * @returns what its timestamps say, when it is over. @throws {Refusal} when it cannot be followed
 */
export async function followPicture(
  context: FollowContext,
  tail: TrackTail,
  feed: TimelineFeed,
  segmenter: Segmenter,
  earlier: EarlierRun | null,
): Promise<FollowedPicture> {
  let sink: PictureSink | null = null;
  try {
    for await (const item of scanMatroska(tail.bytes)) {
      if (item.type === "damage") throw new Refusal("unreadable", `picture at byte ${item.fromBytes}`);
      if (item.type === "head") sink = await sinkFor(context, item, tail, segmenter, earlier);
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
  earlier: EarlierRun | null,
): Promise<PictureSink> {
  const [track] = head.tracks;
  if (head.tracks.length !== 1 || track?.kind !== "video") throw new Refusal("both_in_one", "picture");
  if (track.codecId === H264) {
    await earlier?.release("video");
    return copying(context, track, segmenter);
  }
  if (!ENCODED.has(track.codecId)) throw new Refusal("parameters", track.codecId);
  const { width, height } = track;
  if (width === null || height === null) throw new Refusal("parameters", "the size is not said");
  if (width * height > context.inputLimits.maxPixels) throw new Refusal("parameters", `${width}x${height}`);
  const size = { width, height };
  if (!(await context.takeEncoder(size))) throw new Refusal("no_capacity");
  return new Encoding(context, size, new EncoderFeed(tail, head.endBytes), segmenter, earlier);
}

function copying({ settings, signal }: FollowContext, track: MatroskaTrack, segmenter: Segmenter): PictureSink {
  const copier = new H264Copier(track.codecPrivate, settings.longestSidePx);
  return {
    async take({ timestampMs, keyframe }, payload) {
      const bytes = copier.copy(payload);
      segmenter.videoFormat ??= copier.format;
      await segmenter.turnOf("video", signal);
      await segmenter.addVideo({ timestampMs, keyframe, bytes });
    },
    end: async () => {},
  };
}

/** Through an encoder, whose own Matroska is read as it comes; before it, what an earlier run has of the picture, if any. */
class Encoding implements PictureSink {
  readonly #context: FollowContext;
  readonly #segmenter: Segmenter;
  readonly #earlier: EarlierRun | null;
  readonly #seam: PictureSeam | null;
  readonly #size: PictureSize;
  readonly #feed: EncoderFeed;
  readonly #written = new GrowingBytes();
  #reading: Promise<void> = Promise.resolve();

  constructor(
    context: FollowContext,
    size: PictureSize,
    feed: EncoderFeed,
    segmenter: Segmenter,
    earlier: EarlierRun | null,
  ) {
    this.#context = context;
    this.#segmenter = segmenter;
    this.#feed = feed;
    this.#earlier = earlier;
    this.#seam = earlier === null ? null : new PictureSeam(earlier);
    this.#size = outputSize(size, context.settings.longestSidePx);
  }

  async take(block: ScannedBlock): Promise<void> {
    const seam = this.#seam;
    if (this.#feed.encoder === null && seam === null) await this.#feed.begin(this.#open(null));
    await this.#feed.take(block);
    if (this.#feed.encoder === null && seam?.take(block) === true) await this.#goOn(seam.start);
  }

  async end(): Promise<void> {
    if (this.#feed.encoder === null && this.#seam !== null) await this.#goOn(this.#seam.start);
    await this.#feed.encoder?.end();
    await this.#reading;
  }

  async #goOn({ fromBytes, ms }: PictureStart): Promise<void> {
    const earlier = this.#earlier as EarlierRun;
    this.#context.log.info({ fromBytes, ms }, "picture goes on where an earlier run has ended");
    const { video } = earlier.header;
    if (video !== null && ms > 0) {
      const { codec, configuration, width, height } = video;
      this.#segmenter.videoFormat = { codec, configuration, width, height };
    }
    for await (const picture of earlier.pictures(ms)) {
      await this.#segmenter.turnOf("video", this.#context.signal);
      await this.#segmenter.addVideo({ ...picture, bytes: Uint8Array.from(picture.bytes) });
    }
    await earlier.release("video");
    await this.#feed.begin(this.#open(ms), fromBytes);
  }

  /** @param beginsMs when its first picture is shown; null: as it says itself */
  #open(beginsMs: number | null): LiveEncoder {
    const limits = { ...this.#context.inputLimits, threads: this.#context.threads };
    const args = followPictureArgs(limits, this.#context.settings, this.#size);
    const encoder = new LiveEncoder(this.#context, args, async (bytes) => {
      this.#written.push(bytes);
      await this.#written.room(AHEAD_BYTES);
    });
    encoder.done.then(
      () => this.#written.end(),
      (error) => this.#written.fail(error),
    );
    this.#reading = this.#read(beginsMs);
    this.#reading.catch((error) => this.#written.fail(error));
    return encoder;
  }

  async #read(beginsMs: number | null): Promise<void> {
    const segmenter = this.#segmenter;
    let copier: H264Copier | null = null;
    let offsetMs: number | null = beginsMs === null ? 0 : null;
    for await (const item of scanMatroska(this.#written)) {
      if (item.type === "head") copier = new H264Copier(item.tracks[0]?.codecPrivate ?? null, 0);
      else if (item.type === "block" && copier !== null) {
        const { from, to } = item.payload;
        const payload = (await this.#written.read(from, to - from, to - from)).subarray(0, to - from);
        const bytes = copier.copy(payload);
        this.#written.release(item.endBytes);
        segmenter.videoFormat ??= copier.format;
        if (segmenter.videoFormat?.configuration !== copier.format?.configuration)
          throw new Refusal("parameters", "those of the encoder are not those of the earlier run");
        offsetMs ??= (beginsMs as number) - item.timestampMs;
        const timestampMs = item.timestampMs + offsetMs;
        await segmenter.turnOf("video", this.#context.signal);
        await segmenter.addVideo({ timestampMs, keyframe: item.keyframe, bytes });
      } else if (item.type === "damage") throw new Refusal("encoder", "what it wrote cannot be read");
    }
  }
}
