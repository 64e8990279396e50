/**
 * Follows one recording from its first bytes to its end: reads its tracks as they grow, writes the MP4 on the way, and when
 * the recording ends adds the index and publishes it. Whatever it cannot follow it gives up; the recording is compiled
 * afterwards then, as if it had never been followed.
 */
import { clockFilename, LIVE_INDEX_FILENAME, liveMp4Filename } from "@/lib/domain/names";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { estimateStartOffset } from "@/lib/media/start-offset";
import type { TrackReport } from "@/lib/media/track-timeline";
import { removeLiveFiles, stayFollowing } from "@/lib/server/recordings/following";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { expectRoomToCompile } from "@/lib/server/storage/space";
import { clockConstantMs } from "@/worker/compile/measure-take";
import type { TrackClock } from "@/worker/compile/read-clock";
import { EarlierRun, recipeOf } from "@/worker/follow/earlier-run";
import { type Followed, finishFile } from "@/worker/follow/finish-file";
import type { FollowContext } from "@/worker/follow/follow-context";
import { type FollowedPicture, followPicture } from "@/worker/follow/follow-picture";
import { followSound } from "@/worker/follow/follow-sound";
import { followStream, type OpenSegmenter } from "@/worker/follow/follow-stream";
import { LiveFile } from "@/worker/follow/live-file";
import { LiveThumbnail } from "@/worker/follow/live-thumbnail";
import { Gone, Refusal } from "@/worker/follow/refusal";
import { Segmenter, type SegmenterOptions } from "@/worker/follow/segmenter";
import { TimelineFeed } from "@/worker/follow/timeline-feed";
import { TrackTail } from "@/worker/follow/track-tail";

/** How often the database is asked; that the recording has changed is heard at once. */
const LOOK_MS = 1000;
/** How often it hears that this run is alive. */
const SIGN_OF_LIFE_MS = 3000;
/** An announced track that has no bytes so long after the other is not waited for. */
const TRACK_PATIENCE_MS = 10_000;
/** What the clocks say is waited for so long before the live index begins. */
const CLOCK_PATIENCE_MS = 6000;
/** Enough of the beginning for the clocks to say how the tracks lie, in ms of both. */
const SETTLING_MS = 1500;

/** What following the tracks comes to. */
type FollowedParts = Pick<Followed, "picture" | "sound" | "segmenter" | "stream">;

export class Follower {
  readonly #services: Services;
  readonly #context: FollowContext;
  readonly #run: string;
  readonly #recording: RecordingWithParts;
  readonly #abort: (reason: unknown) => void;
  readonly #tails = new Map<TrackKind, TrackTail>();
  readonly #feeds = new Map<TrackKind, TimelineFeed>();
  #segmenter: Segmenter | null = null;
  #recipe: string | undefined;
  #earlier: EarlierRun | null = null;
  #startedAtMs = performance.now();
  #row: RecordingWithParts;
  #look: () => void = () => {};
  #onLooked: (() => void)[] = [];
  #signedAtMs = 0;

  /** @param abort ends everything that runs under `context.signal` */
  constructor(
    services: Services,
    context: FollowContext,
    recording: RecordingWithParts,
    run: string,
    abort: (reason: unknown) => void,
  ) {
    this.#services = services;
    this.#context = context;
    this.#recording = recording;
    this.#row = recording;
    this.#run = run;
    this.#abort = abort;
  }

  /**
   * @returns when the recording is ready
   * @throws {Refusal} when it is to be compiled afterwards; {@link Gone} when it is nobody's or another's; whatever the
   *   signal was aborted with
   */
  async follow(): Promise<void> {
    const { folder, changes } = this.#services;
    const { id } = this.#recording;
    const filename = liveMp4Filename(this.#run);
    let isOver = false;
    const watching = this.#watch(() => isOver);
    watching.catch((error) => this.#abort(error));
    const unsubscribe = changes.subscribe((change) => {
      if (change.recordingId === id && change.kind === "changed") this.#look();
    });
    let file: LiveFile | null = null;
    try {
      if (this.#recording.source !== "rtmp") this.#recipe = await recipeOf(this.#context);
      if (this.#recipe !== undefined) this.#earlier = await this.#findEarlier(this.#recipe);
      await removeLiveFiles(this.#services, id, this.#earlier?.filenames);
      const kinds = await this.#waitForTracks();
      file = await LiveFile.create({
        mp4: folder.file(id, filename),
        index: folder.file(id, LIVE_INDEX_FILENAME),
        newIndex: folder.file(id, `${LIVE_INDEX_FILENAME}.${this.#run}`),
      });
      await this.#followTracks(file, filename, kinds);
    } finally {
      isOver = true;
      this.#look();
      unsubscribe();
      await file?.close().catch(() => {});
      await this.#earlier?.close().catch(() => {});
      await watching.catch(() => {});
    }
  }

  async #findEarlier(recipe: string): Promise<EarlierRun | null> {
    const { folder, log } = this.#services;
    try {
      return await EarlierRun.find(folder, this.#recording.id, recipe);
    } catch (error) {
      log.warn({ recordingId: this.#recording.id, error: String(error) }, "an earlier run cannot be gone on with");
      return null;
    }
  }

  async #followTracks(file: LiveFile, filename: string, kinds: readonly TrackKind[]): Promise<void> {
    const { folder } = this.#services;
    const { signal } = this.#context;
    const { id } = this.#recording;
    for (const kind of kinds) {
      const row = this.#row.tracks.find((track) => track.kind === kind) as RecordingWithParts["tracks"][number];
      const tail = new TrackTail(
        kind,
        folder.file(id, row.filename),
        folder.file(id, clockFilename(row.filename)),
        signal,
      );
      this.#tails.set(kind, tail);
      this.#feeds.set(kind, new TimelineFeed(tail));
    }
    const thumbnail = new LiveThumbnail(this.#services, this.#context, id, this.#run);
    const onSegment: SegmenterOptions["onSegment"] = (header, segment) =>
      thumbnail.offer(file.paths.mp4, header, segment);
    const open: OpenSegmenter = (options) => {
      this.#segmenter = new Segmenter(file, { ...options, filename, onSegment, recipe: this.#recipe });
      return this.#segmenter;
    };
    const reading = [...this.#tails.values()].map((tail) => tail.run());
    const following = this.#row.source === "rtmp" ? this.#followStream(open) : this.#followRecorders(open);
    const work: Promise<unknown>[] = [following, ...reading];
    // The first that fails ends the others.
    for (const each of work) each.catch((error) => this.#abort(error));
    try {
      // The row as it is may say where the tracks end.
      await this.#readRow(this.#row);
      const parts = await following;
      await Promise.all(reading);
      const row = await this.#ended();
      const { current, done } = thumbnail;
      const followed = { ...parts, row, tails: this.#tails, file, thumbnail: current, thumbnailDone: done };
      await finishFile(this.#services, this.#context, followed);
    } finally {
      await Promise.allSettled([...work, thumbnail.done]);
    }
  }

  /** What a browser's recorders write: a file of picture, one of sound, or both. */
  async #followRecorders(open: OpenSegmenter): Promise<FollowedParts> {
    const segmenter = open({
      hasVideo: this.#tails.has("video"),
      hasAudio: this.#tails.has("audio"),
      startTimes: () => this.#startTimes(),
    });
    const [video, audio] = [this.#tails.get("video"), this.#tails.get("audio")];
    const earlier = this.#earlier;
    earlier?.use(this.#tails.keys());
    const feedOf = (kind: TrackKind) => this.#feeds.get(kind) as TimelineFeed;
    const work: [Promise<FollowedPicture | null>, Promise<TrackReport | null>] = [
      video === undefined
        ? Promise.resolve(null)
        : followPicture(this.#context, video, feedOf("video"), segmenter, earlier),
      audio === undefined
        ? Promise.resolve(null)
        : followSound(this.#context, audio, feedOf("audio"), segmenter, earlier),
    ];
    for (const each of work) each.catch((error) => this.#abort(error));
    try {
      const [picture, sound] = await Promise.all(work);
      return { picture, sound, segmenter, stream: null };
    } finally {
      await Promise.allSettled(work);
    }
  }

  /** What an encoder has published: one file. */
  async #followStream(open: OpenSegmenter): Promise<FollowedParts> {
    const tail = this.#tails.get("video");
    if (tail === undefined) throw new Refusal("no_tracks");
    const stream = await followStream(this.#context, tail, open);
    const { video, audio } = stream.reports;
    const picture = video === null ? null : { report: video, isEncoded: false };
    return { picture, sound: audio, segmenter: stream.segmenter, stream };
  }

  /** Waits until the announced tracks have bytes, or one that has waited long enough. @returns their kinds */
  async #waitForTracks(): Promise<TrackKind[]> {
    const { folder } = this.#services;
    const { signal } = this.#context;
    const expected = this.#recording.expectedTracks.split(",").filter(Boolean);
    const wanted = expected.length === 0 ? [...TRACK_KINDS] : expected;
    for (;;) {
      signal.throwIfAborted();
      const there: TrackKind[] = [];
      for (const kind of TRACK_KINDS) {
        const track = this.#row.tracks.find((each) => each.kind === kind);
        if (track !== undefined && ((await folder.size(this.#row.id, track.filename)) ?? 0) > 0) there.push(kind);
      }
      const hasWaited = performance.now() - this.#startedAtMs > TRACK_PATIENCE_MS;
      if (wanted.every((kind) => there.some((each) => each === kind))) return there;
      if (there.length > 0 && (hasWaited || this.#row.state !== "recording")) return there;
      if (this.#row.state !== "recording") throw new Refusal("no_tracks");
      await this.#nextLook();
    }
  }

  /** Where the tracks start on a common timeline, once the clocks have said so or have had their time. */
  #startTimes(): { videoMs: number; audioMs: number } | null {
    for (const feed of this.#feeds.values()) feed.catchUp();
    const video = this.#feeds.get("video")?.beginning;
    const audio = this.#feeds.get("audio")?.beginning;
    if (!this.#feeds.has("video") || !this.#feeds.has("audio")) return { videoMs: 0, audioMs: 0 };
    const constantMs = clockConstantMs(this.#clocks(), this.#context.config);
    const points = [...this.#tails.values()].map((tail) => tail.points);
    // The clocks may be there before what they are about has been read.
    const isBegun = constantMs === null || (video != null && audio != null);
    const isSettled =
      isBegun && points.every((each) => (each.at(-1)?.perfMs ?? 0) - (each[0]?.perfMs ?? 0) > SETTLING_MS);
    const hasWaited = performance.now() - this.#startedAtMs > CLOCK_PATIENCE_MS;
    if (!isSettled && !hasWaited) return null;
    const offsetMs = constantMs === null || !video || !audio ? null : estimateStartOffset(video, audio, constantMs);
    return { videoMs: Math.max(0, offsetMs ?? 0), audioMs: Math.max(0, -(offsetMs ?? 0)) };
  }

  #clocks(): ReadonlyMap<string, TrackClock> {
    const clocks = new Map<string, TrackClock>();
    for (const [kind, { clock }] of this.#tails) if (clock !== null) clocks.set(kind, clock);
    return clocks;
  }

  /** Looks at the recording's row now and then, and whenever it is said to have changed. */
  async #watch(isOver: () => boolean): Promise<void> {
    const { database, log } = this.#services;
    const { id } = this.#recording;
    while (!isOver()) {
      let wasAsked = false;
      const asked = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        this.#look = () => {
          wasAsked = true;
          clearTimeout(timer);
          resolve();
        };
      });
      try {
        const row = await database.recording.findUnique({ where: { id }, include: WITH_PARTS });
        if (isOver()) return;
        await this.#judge(row);
      } catch (error) {
        if (error instanceof Refusal || error instanceof Gone) throw error;
        // What it should hear it hears when it is back; the tracks go on.
        log.debug({ recordingId: id, error: String(error) }, "the database is not there to follow a recording");
      }
      // Nothing may come for long, in a pause say, while the clocks say what was waited for.
      this.#segmenter?.look().catch((error) => this.#abort(error));
      for (const resolve of this.#onLooked.splice(0)) resolve();
      if (!wasAsked) await asked;
      this.#context.signal.throwIfAborted();
    }
  }

  async #judge(row: RecordingWithParts | null): Promise<void> {
    if (row === null || row.deletedAt !== null || row.followedBy !== this.#run) throw new Gone();
    if (performance.now() - this.#signedAtMs > SIGN_OF_LIFE_MS) {
      if (!(await stayFollowing(this.#services, row.id, this.#run))) throw new Gone();
      this.#signedAtMs = performance.now();
      // What is made on the way takes room from what is recorded.
      if (row.state === "recording") {
        await expectRoomToCompile(this.#services).catch(() => {
          throw new Refusal("no_room");
        });
      }
    }
    if (row.takes.length > 1) throw new Refusal("several_takes");
    this.#row = row;
    await this.#readRow(row);
  }

  /** Tells the tails where their tracks end. */
  async #readRow(row: RecordingWithParts): Promise<void> {
    if (this.#tails.size === 0) return;
    for (const { kind, filename, finishedAt, sizeBytes } of row.tracks) {
      const tail = this.#tails.get(kind as TrackKind);
      const diskBytes = (await this.#services.folder.size(row.id, filename)) ?? 0;
      if (tail === undefined) {
        if (diskBytes > 0) throw new Refusal("late_track", kind);
      } else if (finishedAt !== null) tail.end(Number(sizeBytes));
      else if (row.state !== "recording") tail.end(diskBytes);
      else tail.look();
    }
  }

  #nextLook(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onLooked.push(resolve);
      const { signal } = this.#context;
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  /** The row once the recording has ended: all tracks may be finished a moment before. */
  async #ended(): Promise<RecordingWithParts> {
    while (this.#row.state === "recording") await this.#nextLook();
    return this.#row;
  }
}
