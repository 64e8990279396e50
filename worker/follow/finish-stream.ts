/** What the end of a followed stream has of its own: one file holds picture and sound, and every packet of it is kept. */
import type { TrackKind } from "@/lib/domain/recording-state";
import { namedColors } from "@/lib/media/colors";
import type { Movie } from "@/lib/media/mp4/movie";
import { type ChosenSources, chooseSources } from "@/worker/compile/choose-sources";
import type { FoundTake } from "@/worker/compile/find-tracks";
import type { FollowedStream } from "@/worker/follow/follow-stream";
import { Refusal } from "@/worker/follow/refusal";
import { VIDEO_TIMESCALE } from "@/worker/follow/segmenter";

/** Chooses as compiling afterwards does, from the same measurements. */
export function sourcesOfStream({ reports, segmenter }: FollowedStream, take: FoundTake): ChosenSources {
  const stream = { index: 0, startMs: 0, durationMs: null, packets: null };
  const size = { width: segmenter.videoFormat?.width ?? 0, height: segmenter.videoFormat?.height ?? 0 };
  const colors = namedColors({ space: undefined, transfer: undefined, primaries: undefined });
  const picture = { size, isRotated: false, pixelFormat: "yuv420p", hasReorderedFrames: true, colors, parameters: "" };
  const probe = {
    video: reports.video === null ? null : { ...stream, codec: "h264", ...picture },
    audio: reports.audio === null ? null : { ...stream, index: 1, codec: "aac" },
    streams: 2,
    durationMs: null,
  };
  const there: Partial<Record<TrackKind, NonNullable<FollowedStream["reports"][TrackKind]>>> = {};
  if (reports.video !== null) there.video = reports.video;
  if (reports.audio !== null) there.audio = reports.audio;
  const tracks = take.usable.map((track) => ({ ...track, probe, reports: there }));
  return chooseSources(tracks, take.missing, null);
}

/** As many samples as there were packets. @throws {Refusal} */
export function expectEveryPacket({ packets, segmenter }: FollowedStream): void {
  for (const kind of ["video", "audio"] as const) {
    const samples = segmenter[kind]?.samples ?? 0;
    if (samples !== packets[kind]) throw new Refusal("lengths", `${samples} packets of ${packets[kind]} of ${kind}`);
  }
}

/** Begins with whatever is shown or heard first; the other comes when its packets say so. */
export function movieOfStream({ reports, segmenter, firstDecodedMs }: FollowedStream): Pick<Movie, "video" | "audio"> {
  const { header, video, audio } = segmenter;
  const shownMs = reports.video?.firstMs ?? Number.POSITIVE_INFINITY;
  const heardMs = reports.audio?.firstMs ?? Number.POSITIVE_INFINITY;
  const beginsMs = Math.min(shownMs, heardMs);
  return {
    video:
      video === null || header?.video == null
        ? null
        : {
            about: header.video,
            table: video,
            delayMs: shownMs - beginsMs,
            skipTicks: Math.round(((shownMs - firstDecodedMs) * VIDEO_TIMESCALE) / 1000),
          },
    audio:
      audio === null || header?.audio == null
        ? null
        : {
            about: header.audio,
            table: audio,
            silence: null,
            skipSamples: 0,
            heardSamples: audio.durationTicks,
            delayMs: heardMs - beginsMs,
          },
  };
}
