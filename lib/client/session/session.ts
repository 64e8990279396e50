/**
 * The recording page without its looks: what is chosen and open (capture-desk.ts) and what is being recorded. It moves
 * from phase to phase as session-phase.ts allows, and shows itself as one {@link SessionState} after the other.
 */
import { api } from "@/lib/client/api";
import { type Capture, type CaptureEnd, remainingTracks } from "@/lib/client/capture/capture";
import { type Choices, rememberedChoices } from "@/lib/client/capture/choices";
import { watchDevices } from "@/lib/client/capture/devices";
import type { LevelMeter } from "@/lib/client/level/level-meter";
import { CaptureDesk } from "@/lib/client/session/capture-desk";
import { captureEndWords, goesOnWithout, interruptionWords } from "@/lib/client/session/capture-end-words";
import { Countdown } from "@/lib/client/session/countdown";
import { Interruptions } from "@/lib/client/session/interruptions";
import type { NextTake } from "@/lib/client/session/next-take";
import { RecordingRun } from "@/lib/client/session/recording-run";
import { canMove, isRunning, isUnsafeToLeave, type SessionPhase } from "@/lib/client/session/session-phase";
import { INITIAL_STATE, type SessionState } from "@/lib/client/session/session-state";
import { watchSleep } from "@/lib/client/session/sleep-watch";
import { resolveSocketUrls, type SocketUrls } from "@/lib/client/session/socket-urls";
import { askToPersist, StorageRoom } from "@/lib/client/session/storage-room";
import { TitleKeeper } from "@/lib/client/session/title-keeper";
import { WakeLock } from "@/lib/client/session/wake-lock";
import { AppError, toAppError } from "@/lib/domain/errors";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { CreateRecordingRequest, RecordingResource } from "@/lib/protocol/recordings";

/** How often elapsed time, bytes and silence are looked at. */
const TICK_MS = 200;
/** A recording that is about to begin. */
interface Beginning {
  countdown: Countdown;
  isCancelled: boolean;
}

export class RecordingSession {
  readonly #sockets: SocketUrls;
  readonly #ownerId: string;
  readonly #desk: CaptureDesk;
  readonly #interruptions: Interruptions;
  readonly #listeners = new Set<() => void>();
  readonly #wakeLock = new WakeLock();
  readonly #title = new TitleKeeper((error) => this.#update({ problem: toAppError(error) }));
  #state: SessionState = INITIAL_STATE;
  #run: RecordingRun | null = null;
  #beginning: Beginning | null = null;
  #next: NextTake | null = null;
  #room = new StorageRoom();
  /** Non-empty while the page is there. */
  #unwatch: (() => void)[] = [];

  /**
   * @param sockets addresses from the settings; "": the page's own host
   * @param ownerId id of the user who records
   */
  constructor(sockets: SocketUrls, ownerId: string) {
    this.#sockets = sockets;
    this.#ownerId = ownerId;
    const session = this;
    this.#desk = new CaptureDesk({
      get state() {
        return session.#state;
      },
      get isPresent() {
        return session.#unwatch.length > 0;
      },
      update: (changes) => this.#update(changes),
      become: (phase, changes) => this.#become(phase, changes),
      captureEnded: (end) => this.#captureEnded(end),
    });
    this.#interruptions = new Interruptions({
      get state() {
        return session.#state;
      },
      get run() {
        return session.#run;
      },
      desk: this.#desk,
      update: (changes) => this.#update(changes),
      become: (phase, changes) => this.#become(phase, changes),
      stop: (notice) => void this.stop(notice),
    });
  }

  /** The same object until something changes. */
  get state(): SessionState {
    return this.#state;
  }

  /** Of the microphone, or of the shared sound where there is none. */
  get meter(): LevelMeter | null {
    return this.#desk.meter;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The page is there: shows the preview at once where the browser need not ask. */
  async enter(): Promise<void> {
    if (this.#unwatch.length > 0) return;
    const gone = new AbortController();
    window.addEventListener("online", () => this.#run?.retry(), { signal: gone.signal });
    // Some browsers let a page listen only after it was clicked.
    window.addEventListener("pointerdown", () => this.meter?.wake(), { signal: gone.signal });
    const ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#unwatch = [
      watchDevices(() => void this.#devicesChanged()),
      watchSleep(() => this.#interruptions.slept()),
      () => gone.abort(),
      () => clearInterval(ticker),
    ];
    this.#become("preparing", { choices: rememberedChoices(), captureProblem: null });
    await Promise.all([this.#desk.listDevices(), this.#desk.openIfAllowed()]);
  }

  /** The page is gone. A recording that is under way goes on, and is found again when the page is. */
  leave(): void {
    if (isUnsafeToLeave(this.#state.phase)) return;
    this.cancel();
    for (const end of this.#unwatch.splice(0)) end();
    this.#desk.close();
    this.#become("idle");
    this.#forgetRun();
  }

  /** Changes what will be recorded; what is open is opened again. */
  choose(changes: Partial<Choices>): Promise<void> {
    return this.#desk.choose(changes);
  }

  /** Asks the browser for what was chosen. @returns whether it is open now */
  open(): Promise<boolean> {
    return this.#desk.open();
  }

  /** Opens what is not open, counts down, and records. */
  async record(): Promise<void> {
    if (this.#state.phase === "idle" && !(await this.#desk.open())) return;
    const { phase, capture, choices } = this.#state;
    if (phase !== "preview" || capture === null) return;
    this.meter?.wake();
    this.#become("countdown", { problem: null, notice: null });
    const beginning: Beginning = {
      countdown: new Countdown(choices.countdownS, (countdownLeftS) => this.#update({ countdownLeftS })),
      isCancelled: false,
    };
    this.#beginning = beginning;
    askToPersist();
    const { title } = this.#title;
    const next = this.#next;
    const prepare = () =>
      this.#prepareRun(capture, title, next).catch((error) => {
        beginning.countdown.end();
        return toAppError(error);
      });
    // Meanwhile the server makes the recording, so that nothing is waited for afterwards. A take cannot be taken back.
    const preparing = next === null ? prepare() : null;
    await beginning.countdown.done;
    if (preparing === null && beginning.isCancelled) return;
    const run = await (preparing ?? prepare());
    if (run instanceof AppError) {
      if (!beginning.isCancelled) this.#become("preview", { problem: run });
      return;
    }
    if (beginning.isCancelled) return this.#forget(run, next);
    try {
      run.start();
    } catch (error) {
      this.#become("preview", { problem: toAppError(error) });
      return this.#forget(run, next);
    }
    this.#run = run;
    this.#room = new StorageRoom();
    this.#title.attach(run.recordingId, next === null ? title : next.title);
    this.#wakeLock.hold();
    this.#become("recording", { run: run.state });
  }

  /** Begins at once instead of counting on. */
  skipCountdown(): void {
    this.#beginning?.countdown.end();
  }

  /** Goes back from the countdown. */
  cancel(): void {
    if (this.#state.phase !== "countdown" || this.#beginning === null) return;
    this.#beginning.isCancelled = true;
    this.#beginning.countdown.end();
    this.#become("preview");
  }

  pause(): void {
    if (this.#state.phase !== "recording") return;
    this.#run?.pause();
    this.#become("paused");
  }

  /** Goes on after a pause; while interrupted, asks for what was lost. */
  resume(): void {
    const run = this.#run;
    if (this.#state.phase === "interrupted") void this.reopen();
    if (this.#state.phase !== "paused" || run === null) return;
    if (run.isInterrupted) {
      this.#interruptions.goOn(run);
      return;
    }
    run.resume();
    this.#become("recording");
  }

  /** Asks for what has ended, and records it in the next take. For a screen it must be called from a click. */
  reopen(): Promise<void> {
    return this.#interruptions.reopen();
  }

  /** What is recorded next belongs to this recording, as its next take. */
  continueWith(next: NextTake | null): void {
    if (isUnsafeToLeave(this.#state.phase) || this.#state.phase === "countdown") return;
    if (this.#state.phase === "done") void this.again();
    this.#next = next;
    this.#title.set(next?.title ?? "");
    const { recordingId = "", title = "" } = next ?? {};
    this.#update({ continued: next === null ? null : { recordingId, title }, title });
  }

  /** @param notice why, when nobody pressed stop */
  async stop(notice: string | null = null): Promise<void> {
    const run = this.#run;
    if (run === null || !isRunning(this.#state.phase)) return;
    this.#become("stopping", { lost: null, ...(notice === null ? {} : { notice }) });
    await run.stop();
    // Discarded meanwhile.
    if (this.#run !== run) return;
    this.#desk.close();
    this.#become("uploading", { run: run.state });
    await run.uploaded;
    if (this.#run !== run) return;
    this.#wakeLock.release();
    this.#become("done", { run: run.state });
  }

  /** Throws the recording away, here and on the server. */
  async discard(): Promise<void> {
    const run = this.#run;
    if (run === null || !isUnsafeToLeave(this.#state.phase)) return;
    this.#wakeLock.release();
    this.#become(this.#state.capture === null ? "idle" : "preview");
    this.#forgetRun();
    const deletion = this.#forget(run, null);
    await this.#desk.openIfAllowed();
    await deletion;
  }

  /** Leaves a recording that is done, for the next one. */
  async again(): Promise<void> {
    if (this.#state.phase !== "done") return;
    this.#become("preparing");
    this.#forgetRun();
    await this.#desk.openIfAllowed();
  }

  setMuted(isMuted: boolean): void {
    this.#desk.setMuted(isMuted);
  }

  setTitle(title: string): void {
    this.#title.set(title);
    this.#update({ title });
  }

  /** The title is typed. */
  finishTitle(): void {
    this.#title.flush();
  }

  /** Tries to reach the server again now. */
  retry(): void {
    this.#run?.retry();
  }

  async #prepareRun(capture: Capture, title: string, next: NextTake | null): Promise<RecordingRun> {
    const tracks = remainingTracks(capture, null);
    const kinds = tracks.map(({ kind }): TrackKind => (kind === "video" ? "video" : "audio"));
    const made = next === null ? await this.#create(title, kinds) : await next.begin(kinds);
    try {
      return await RecordingRun.prepare({
        ...made,
        ownerId: this.#ownerId,
        tracks,
        sockets: resolveSocketUrls(this.#sockets, window.location.href),
        onBreak: (failure) => this.#interruptions.recorderBroke(failure),
        onFull: () => {
          const notice = "Neither the server nor this browser takes any more, so the recording was stopped.";
          void this.stop(notice);
        },
      });
    } catch (error) {
      if (next === null) await this.#delete(made.recordingId);
      throw error;
    }
  }

  async #create(title: string, tracks: TrackKind[]) {
    const request: CreateRecordingRequest = { ...(title === "" ? {} : { title }), tracks };
    const recording = await api.post<RecordingResource>("/recordings", request);
    return { recordingId: recording.id, title: recording.title, take: { number: 1, cause: null } };
  }

  /** Ends a run of which nothing is to remain. @param next what it was to continue; that remains */
  async #forget(run: RecordingRun, next: NextTake | null): Promise<void> {
    await run.discard();
    if (next === null) await this.#delete(run.recordingId);
  }

  async #delete(recordingId: string): Promise<void> {
    try {
      await api.delete(`/recordings/${recordingId}`);
    } catch (error) {
      const { kind, code } = toAppError(error);
      if (kind === "not_found") return;
      const words = "The discarded recording could not be deleted on the server. Delete it in the library.";
      this.#update({ problem: new AppError(kind, code, words, { cause: error }) });
    }
  }

  /** The next recording begins without anything of the last one. */
  #forgetRun(): void {
    if (this.#run === null) return;
    this.#run = null;
    this.#next = null;
    this.#title.detach();
    this.#update({ run: null, notice: null, lost: null, littleRoom: null, continued: null, problem: null, title: "" });
  }

  #captureEnded(end: CaptureEnd): void {
    const { phase, capture } = this.#state;
    const run = this.#run;
    if (isRunning(phase) && run !== null) this.#interruptions.captureEnded(run, end);
    else if (goesOnWithout(end)) {
      if (capture !== null) this.#update({ notice: interruptionWords(end, "both") });
    } else if (!isUnsafeToLeave(phase)) {
      this.cancel();
      this.#desk.close();
      this.#become("idle", { notice: captureEndWords(end) });
    }
  }

  async #devicesChanged(): Promise<void> {
    await this.#desk.listDevices();
    await this.#interruptions.devicesChanged();
  }

  #tick(): void {
    const isSilent = this.#desk.listenForSilence();
    if (this.#run !== null && this.#state.phase !== "done") {
      this.#run.measure();
      const littleRoom = this.#room.look(this.#run.recordedPerMs);
      this.#update({ run: this.#run.state, isSilent, littleRoom });
    } else if (isSilent !== this.#state.isSilent) this.#update({ isSilent });
  }

  #become(phase: SessionPhase, changes: Partial<SessionState> = {}): void {
    const { phase: before } = this.#state;
    if (before !== phase && !canMove(before, phase)) throw new Error(`no move from ${before} to ${phase}`);
    this.#update({ ...changes, phase });
  }

  #update(changes: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
