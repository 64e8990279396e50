/** Follows a track of sound: every block to the encoder, every frame of it to the segmenter. */
import { AdtsSplitter } from "@/lib/media/adts";
import { followSoundArgs } from "@/lib/media/follow-args";
import { type ScannedBlock, scanMatroska } from "@/lib/media/matroska-scanner";
import type { TrackReport } from "@/lib/media/track-timeline";
import type { EarlierRun } from "@/worker/follow/earlier-run";
import { EncoderFeed } from "@/worker/follow/encoder-feed";
import type { FollowContext } from "@/worker/follow/follow-context";
import { LiveEncoder } from "@/worker/follow/live-encoder";
import { asRefusal, Refusal } from "@/worker/follow/refusal";
import type { Segmenter } from "@/worker/follow/segmenter";
import { SoundSeam, type SoundStart } from "@/worker/follow/sound-seam";
import type { TimelineFeed } from "@/worker/follow/timeline-feed";
import type { TrackTail } from "@/worker/follow/track-tail";

/**
 * @param earlier a run whose sound is gone on with; null: it is encoded from the beginning
 * @returns what its timestamps say, when it is over. @throws {Refusal} when it cannot be followed
 */
export async function followSound(
  context: FollowContext,
  tail: TrackTail,
  feed: TimelineFeed,
  segmenter: Segmenter,
  earlier: EarlierRun | null,
): Promise<TrackReport> {
  let sink: SoundSink | null = null;
  try {
    for await (const item of scanMatroska(tail.bytes)) {
      if (item.type === "damage") throw new Refusal("unreadable", `sound at byte ${item.fromBytes}`);
      if (item.type === "head") {
        const [first] = item.tracks;
        if (item.tracks.length !== 1 || first?.kind !== "audio") throw new Refusal("both_in_one", "sound");
        sink = new SoundSink(context, tail, item.endBytes, segmenter, earlier);
      } else if (item.type === "block") {
        await sink?.take(item);
        tail.bytes.release(item.endBytes);
        feed.take(item);
      } else tail.bytes.release(Number.POSITIVE_INFINITY);
    }
    await sink?.end();
  } catch (error) {
    throw asRefusal(error);
  }
  await segmenter.endAudio();
  return feed.finish(tail.finalBytes ?? 0);
}

/** Gives the segmenter what an earlier run has of the sound, if any, and from there on what the encoder makes of the track. */
class SoundSink {
  readonly #context: FollowContext;
  readonly #feed: EncoderFeed;
  readonly #segmenter: Segmenter;
  readonly #earlier: EarlierRun | null;
  readonly #seam: SoundSeam | null = null;
  #kept: AsyncGenerator<Uint8Array> | null = null;
  #givenFrames = 0;
  #encoded: Promise<void> = Promise.resolve();

  constructor(
    context: FollowContext,
    tail: TrackTail,
    headBytes: number,
    segmenter: Segmenter,
    earlier: EarlierRun | null,
  ) {
    this.#context = context;
    this.#feed = new EncoderFeed(tail, headBytes);
    this.#segmenter = segmenter;
    this.#earlier = earlier;
    const seam = earlier === null ? null : new SoundSeam(context, earlier, tail);
    if (earlier === null || seam === null || seam.keptFrames === 0) return;
    this.#seam = seam;
    this.#kept = earlier.frames(0, seam.keptFrames);
    segmenter.isSoundThere = true;
  }

  async take(block: ScannedBlock): Promise<void> {
    const seam = this.#seam;
    if (this.#feed.encoder === null && seam === null) {
      await this.#earlier?.release("audio");
      await this.#feed.begin(this.#open());
    }
    await this.#feed.take(block);
    if (this.#feed.encoder !== null || seam === null) return;
    const hasReached = seam.take(block);
    await this.#giveKept(hasReached ? seam.keptFrames : seam.framesUntil(block.timestampMs));
    if (hasReached) await this.#goOn(seam);
  }

  async end(): Promise<void> {
    if (this.#feed.encoder === null && this.#seam !== null)
      throw new Refusal("differs", "the sound ends before what was encoded of it");
    await this.#feed.encoder?.end();
    await this.#encoded;
  }

  async #giveKept(until: number): Promise<void> {
    const { audio } = this.#earlier?.header ?? {};
    if (this.#kept === null || audio == null) return;
    const configuration = Buffer.from(audio.configuration, "base64");
    const format = { configuration, sampleRate: audio.timescale, channels: audio.channels };
    for (; this.#givenFrames < until; this.#givenFrames += 1) {
      const { value } = await this.#kept.next();
      if (value === undefined) throw new Error("the earlier run has less sound than its index says");
      await this.#segmenter.turnOf("audio", this.#context.signal);
      await this.#segmenter.addAudio(value, format);
    }
  }

  async #goOn(seam: SoundSeam): Promise<void> {
    const start = await seam.start(this.#feed.headBytes, this.#feed.takenBytes);
    await this.#earlier?.release("audio");
    this.#segmenter.isSoundThere = false;
    await this.#feed.begin(this.#open(start), start.fromBytes);
  }

  #open(start?: SoundStart): LiveEncoder {
    const dropFrames = start?.dropFrames ?? 0;
    let dropped = 0;
    const splitter = new AdtsSplitter((frame) => {
      if (dropped < dropFrames) {
        dropped += 1;
        return;
      }
      this.#encoded = this.#segmenter.addAudio(frame, splitter.format as NonNullable<typeof splitter.format>);
      this.#encoded.catch(() => {});
    });
    const args = followSoundArgs(this.#context.inputLimits, this.#context.settings, start);
    return new LiveEncoder(this.#context, args, async (bytes) => {
      splitter.write(bytes);
      await this.#encoded;
    });
  }
}
