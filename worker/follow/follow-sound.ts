/** Follows a track of sound: every block to the encoder, every frame of it to the segmenter. */
import { AdtsSplitter } from "@/lib/media/adts";
import { followSoundArgs } from "@/lib/media/follow-args";
import { scanMatroska } from "@/lib/media/matroska-scanner";
import type { TrackReport } from "@/lib/media/track-timeline";
import type { FollowContext } from "@/worker/follow/follow-context";
import { LiveEncoder } from "@/worker/follow/live-encoder";
import { asRefusal, Refusal } from "@/worker/follow/refusal";
import type { Segmenter } from "@/worker/follow/segmenter";
import type { TimelineFeed } from "@/worker/follow/timeline-feed";
import type { TrackTail } from "@/worker/follow/track-tail";

/** @returns what its timestamps say, when it is over. @throws {Refusal} when it cannot be followed */
export async function followSound(
  context: FollowContext,
  tail: TrackTail,
  feed: TimelineFeed,
  segmenter: Segmenter,
): Promise<TrackReport> {
  let encoded: Promise<void> = Promise.resolve();
  const splitter = new AdtsSplitter((frame) => {
    encoded = segmenter.addAudio(frame, splitter.format as NonNullable<typeof splitter.format>);
    encoded.catch(() => {});
  });
  const encoder = new LiveEncoder(context, followSoundArgs(context.inputLimits, context.settings), async (bytes) => {
    splitter.write(bytes);
    await encoded;
  });
  let sentBytes = 0;
  try {
    for await (const item of scanMatroska(tail.bytes)) {
      if (item.type === "damage") throw new Refusal("unreadable", `sound at byte ${item.fromBytes}`);
      if (item.type === "head") {
        const [first] = item.tracks;
        if (item.tracks.length !== 1 || first?.kind !== "audio") throw new Refusal("both_in_one", "sound");
      } else if (item.type === "block") {
        const length = item.endBytes - sentBytes;
        await encoder.write((await tail.bytes.read(sentBytes, length, length)).subarray(0, length));
        sentBytes = item.endBytes;
        tail.bytes.release(sentBytes);
        feed.take(item);
      } else tail.bytes.release(Number.POSITIVE_INFINITY);
    }
    await encoder.end();
    await encoded;
  } catch (error) {
    throw asRefusal(error);
  }
  await segmenter.endAudio();
  return feed.finish(tail.finalBytes ?? 0);
}
