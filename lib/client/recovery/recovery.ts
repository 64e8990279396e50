/**
 * A recording whose page was closed or crashed: sends what is left of it to the same recording and takes, and lets the
 * user go on with it or finish it. Until that is decided, its last tracks are not called complete: the server would take
 * that for the end of the recording, and compile it. Whatever happens to this page, the next one finds it all again.
 */

import { api } from "@/lib/client/api";
import { type LeftTrack, RecoveredTrack } from "@/lib/client/recovery/recovered-track";
import type { NextTake } from "@/lib/client/session/next-take";
import type { SocketUrls } from "@/lib/client/session/socket-urls";
import { TakeAnnouncement } from "@/lib/client/session/take-announcement";
import { whyRefused } from "@/lib/client/session/why-refused";
import { backOffMs } from "@/lib/client/upload/back-off";
import { Deferred } from "@/lib/client/upload/deferred";
import { SendRate } from "@/lib/client/upload/send-rate";
import type { UploaderOptions } from "@/lib/client/upload/uploader";
import { toAppError } from "@/lib/domain/errors";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { BeginTakeRequest, RecordingResource, TakeResource } from "@/lib/protocol/recordings";

export type RecoveryPhase =
  /** The server is asked about the recording. */
  | "asking"
  /** What is left is on its way. */
  | "sending"
  /** The server has everything that was stored; whether it goes on is open. */
  | "sent"
  /** The server has everything, and nothing is left here. */
  | "done"
  /** The server had everything before: there is nothing to say. */
  | "over"
  /** The recording was deleted; nothing is left here. */
  | "gone"
  /** It belongs to another user. */
  | "foreign"
  /** The server refuses what is left. */
  | "failed";

export interface RecoveryState {
  recordingId: string;
  title: string;
  phase: RecoveryPhase;
  /** The user may go on with it, or finish it. */
  isOpen: boolean;
  /** Stored here, and not yet with the server. */
  waitingBytes: number;
  /** How long that will take; null: not known. */
  sendMs: number | null;
  /** What stands in the way, for the user; null: nothing. */
  problem: string | null;
}

export interface RecoveryOptions {
  recordingId: string;
  /** At least one; ascending by take. */
  tracks: readonly LeftTrack[];
  /** Id of the user who is signed in. */
  userId: string;
  /** Addresses of the sockets. */
  sockets: SocketUrls;
  onChange: () => void;
  openSocket?: UploaderOptions["openSocket"];
}

const TICK_MS = 200;
/** Phases in which nothing more happens. */
const ENDED: readonly RecoveryPhase[] = ["done", "over", "gone", "foreign"];

export class Recovery implements NextTake {
  readonly #options: RecoveryOptions;
  readonly #rate = new SendRate();
  #tracks: RecoveredTrack[] = [];
  #title: string;
  #phase: RecoveryPhase = "asking";
  #problem: string | null = null;
  /** Takes that the server does not know yet. */
  #announcements: TakeAnnouncement[] = [];
  /** The newest take that anybody knows of. */
  #newest = 0;
  /** What the user wants; null: not asked yet. */
  #decision: "go on" | "finish" | null = null;
  #failures = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #ended = new Deferred();

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#title = this.#facts.at(-1)?.title ?? "";
  }

  get recordingId(): string {
    return this.#options.recordingId;
  }

  get title(): string {
    return this.#title;
  }

  get state(): RecoveryState {
    const waits = this.#tracks.reduce((sum, { upload }) => sum + Math.max(0, upload.queuedBytes), 0);
    const troubled = [...this.#announcements, ...this.#tracks.map(({ upload }) => upload)];
    return {
      recordingId: this.recordingId,
      title: this.#title,
      phase: this.#phase,
      isOpen: this.#decision === null && (this.#phase === "sending" || this.#phase === "sent"),
      waitingBytes: waits,
      sendMs: this.#rate.timeToSendMs(false),
      problem: this.#problem ?? troubled.find(({ problem }) => problem !== null)?.problem?.message ?? null,
    };
  }

  /** Resolves when there is nothing more to do here: then another page may have it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(): void {
    if (this.#facts.some(({ ownerId }) => ownerId !== this.#options.userId)) this.#become("foreign");
    else void this.#ask();
  }

  /** Tries again now what failed or waits. */
  retry(): void {
    if (this.#phase === "failed") this.#become(this.#tracks.length > 0 ? "sending" : "asking");
    for (const announcement of this.#announcements) announcement.retry();
    for (const track of this.#tracks) track.retry();
    if (this.#tracks.length > 0 || this.#announcements.length > 0 || ENDED.includes(this.#phase)) return;
    clearTimeout(this.#retryTimer);
    void this.#ask();
  }

  /** Ends the recording with what there is; the server compiles it then. */
  finish(): void {
    if (this.#decision !== null) return;
    this.#decision = "finish";
    for (const track of this.#tracks) track.markLast();
    void this.#finishTracks();
    this.#become("sending");
  }

  /** The user goes on with it. */
  async begin(tracks: TrackKind[]) {
    const request: BeginTakeRequest = { cause: "page_closed", tracks };
    const { number } = await api.post<TakeResource>(`/recordings/${this.recordingId}/takes`, request);
    this.#decision = "go on";
    // The next take is known: that the ones before it end is not the recording's end any more.
    void this.#finishTracks();
    this.#options.onChange();
    return { recordingId: this.recordingId, title: this.#title, take: { number, cause: "page_closed" as const } };
  }

  /** Forgets what is stored here. */
  async remove(): Promise<void> {
    await this.#removeSpool();
    this.#become("over");
  }

  get #facts() {
    return this.#options.tracks.map(({ track }) => track.facts);
  }

  async #ask(): Promise<void> {
    try {
      const recording = await api.get<RecordingResource>(`/recordings/${this.recordingId}`, { isUrgent: true });
      this.#title = recording.title;
      this.#failures = 0;
      this.#setProblem(null);
      if (this.#hasAll(recording)) return await this.remove();
      await this.#announceTakes(recording);
      this.#send();
    } catch (error) {
      const { kind, outcome, message } = toAppError(error);
      if (kind === "not_found") {
        await this.#removeSpool();
        return this.#become("gone");
      }
      this.#failures += 1;
      this.#setProblem(message);
      if (!outcome.retry) return this.#become("failed");
      this.#retryTimer = setTimeout(() => void this.#ask(), backOffMs(this.#failures));
    }
  }

  /** The recording has ended with everything that is stored here. */
  #hasAll({ state, tracks }: RecordingResource): boolean {
    if (state === "recording") return false;
    return this.#options.tracks.every(({ track: { facts, endOffset } }) =>
      tracks.some(({ take, kind, sizeBytes }) => take === facts.take && kind === facts.kind && sizeBytes >= endOffset),
    );
  }

  /** Tells the server of takes that began while it could not be reached. */
  async #announceTakes({ takes }: RecordingResource): Promise<void> {
    const facts = this.#facts;
    const known = takes.map(({ number }) => number);
    this.#ticker = setInterval(() => void this.#tick(), TICK_MS);
    this.#newest = Math.max(...known, ...facts.map(({ take }) => take));
    for (const { recordingId, take, cause, takeTracks } of facts) {
      if (known.includes(take)) continue;
      known.push(take);
      const announcement = new TakeAnnouncement({
        recordingId,
        number: take,
        cause: cause ?? "unknown",
        tracks: takeTracks,
      });
      this.#announcements.push(announcement);
      await announcement.done;
    }
  }

  #send(): void {
    const { sockets, openSocket } = this.#options;
    this.#tracks = this.#options.tracks.map((left) => {
      const { recordingId, take, kind } = left.track.facts;
      return new RecoveredTrack(left, {
        url: `${sockets[kind]}?session=${recordingId}&take=${take}`,
        diagnose: () => whyRefused(recordingId),
        ...(openSocket === undefined ? {} : { openSocket }),
      });
    });
    for (const track of this.#tracks) track.start();
    this.#become("sending");
    const last = this.#tracks.filter(({ take }) => take === this.#newest);
    // Somebody pressed stop before the page ended, or has gone on elsewhere: there is nothing to ask.
    if (last.length === 0) this.#decision = "go on";
    else if (last.some(({ isLast }) => isLast)) this.#decision = "finish";
    if (this.#decision !== null) void this.#finishTracks();
    // Takes before the newest have ended in any case.
    else for (const track of this.#tracks) if (track.take < this.#newest) void track.finish();
  }

  async #finishTracks(): Promise<void> {
    await Promise.all(this.#tracks.map((track) => track.finish()));
    if (this.#tracks.some(({ upload }) => upload.phase !== "finished")) return;
    clearInterval(this.#ticker);
    if (this.#decision === "finish") await this.#stop();
    this.#become("done");
  }

  /** Some track of the take may never have begun: then the server still waits for it. */
  async #stop(): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await api.post(`/recordings/${this.recordingId}/stop`);
        return;
      } catch (error) {
        // Nothing is lost when it is not heard: the server ends by itself what nobody feeds.
        if (!toAppError(error).outcome.retry) return;
        await new Promise((resolve) => setTimeout(resolve, backOffMs(failures)));
      }
    }
  }

  async #tick(): Promise<void> {
    const ackedBytes = this.#tracks.reduce((sum, { upload }) => sum + upload.ackedOffset, 0);
    const { waitingBytes } = this.state;
    const uploads = this.#tracks.map(({ upload }) => upload);
    const isConnected = uploads.some(({ phase }) => phase === "connected");
    this.#rate.note({ nowMs: performance.now(), recordedBytes: ackedBytes + waitingBytes, ackedBytes, isConnected });
    const refused = [
      ...uploads.filter(({ phase }) => phase === "failed"),
      ...this.#announcements.filter(({ isRefused }) => isRefused),
    ];
    if (refused.some(({ problem }) => problem?.code === "recording_not_found")) {
      await this.#removeSpool();
      return this.#become("gone");
    }
    if (refused.length > 0) this.#become("failed");
    else if (this.#decision === null && uploads.length > 0 && this.#tracks.every(({ isSent }) => isSent)) {
      for (const track of this.#tracks) track.restWhenSent();
      this.#become("sent");
    }
    this.#options.onChange();
  }

  async #removeSpool(): Promise<void> {
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    for (const announcement of this.#announcements) announcement.abort();
    if (this.#tracks.length > 0) await Promise.all(this.#tracks.map((track) => track.remove()));
    else await Promise.all(this.#options.tracks.map(({ store }) => store.remove().catch(() => {})));
  }

  #setProblem(problem: string | null): void {
    this.#problem = problem;
    this.#options.onChange();
  }

  #become(phase: RecoveryPhase): void {
    this.#phase = phase;
    if (ENDED.includes(phase) && phase !== "foreign") this.#ended.resolve();
    this.#options.onChange();
  }
}
