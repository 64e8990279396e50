/**
 * What happens to a recording when something of it ends by itself: a device that is unplugged, a share that is ended, a
 * recorder that breaks, a computer that sleeps. The take ends and the next begins with what is left, or the take goes on
 * and the server is told what it lacks; what comes back is recorded again.
 */
import { type CaptureEnd, endOf, remainingTracks, type SharedScreen } from "@/lib/client/capture/capture";
import { isThere } from "@/lib/client/capture/devices";
import type { CaptureDesk } from "@/lib/client/session/capture-desk";
import {
  causeOf,
  goesOnWithout,
  interruptionWords,
  lackedKind,
  returnWords,
} from "@/lib/client/session/capture-end-words";
import type { RecordingRun } from "@/lib/client/session/recording-run";
import { isRunning, type SessionPhase } from "@/lib/client/session/session-phase";
import type { SessionState } from "@/lib/client/session/session-state";
import { AppError, toAppError } from "@/lib/domain/errors";
import type { SourceGapCause } from "@/lib/domain/gap-causes";

/** A recorder that fails sooner than this after it began would fail again. */
const LASTING_TAKE_MS = 5000;

/** The session whose recording it is. */
export interface InterruptedSession {
  readonly state: SessionState;
  /** null: nothing is being recorded. */
  readonly run: RecordingRun | null;
  readonly desk: CaptureDesk;
  update(changes: Partial<SessionState>): void;
  become(phase: SessionPhase, changes?: Partial<SessionState>): void;
  /** @param notice why, in words */
  stop(notice: string): void;
}

export class Interruptions {
  readonly #session: InterruptedSession;
  /** Interruptions and what follows them, one after another. */
  #changing: Promise<void> = Promise.resolve();
  #isReopening = false;
  /** Of the last interruption. */
  #cause: SourceGapCause = "unknown";

  constructor(session: InterruptedSession) {
    this.#session = session;
  }

  /** Something that is being recorded has ended. */
  captureEnded(run: RecordingRun, end: CaptureEnd): void {
    if (!goesOnWithout(end)) {
      this.#change(() => this.#interrupt(run, causeOf(end), end));
      return;
    }
    this.#session.update({ lost: end, notice: interruptionWords(end, "both") });
    if (!run.isInterrupted) run.noteLack(lackedKind(end), causeOf(end));
  }

  /** A recorder ended without being asked. */
  recorderBroke(failure: AppError | null): void {
    const { run, state } = this.#session;
    const { capture, phase } = state;
    if (run === null || capture === null || !isRunning(phase) || run.isInterrupted) return;
    const end = endOf(capture);
    if (end !== null && !goesOnWithout(end)) {
      this.captureEnded(run, end);
      return;
    }
    if (run.takeMs < LASTING_TAKE_MS) {
      const why = failure?.message ?? "The browser stopped recording by itself.";
      this.#session.stop(`${why} What was recorded until then is kept.`);
      return;
    }
    this.#change(() => this.#interrupt(run, "unknown", null));
  }

  slept(): void {
    const { run, state } = this.#session;
    // While paused or interrupted nothing was to be recorded.
    if (run === null || state.phase !== "recording") return;
    this.#session.update({ notice: "The computer slept. Recording goes on; what happened meanwhile is not in it." });
    this.#change(() => this.#interrupt(run, "suspended", this.#session.state.lost));
  }

  /** Begins the next take of a run that was interrupted while it was paused. */
  goOn(run: RecordingRun): void {
    this.#change(() => this.#goOn(run));
  }

  /** Asks for what has ended, and records it in the next take. For a screen it must be called from a click. */
  async reopen(): Promise<void> {
    const { lost, capture, phase } = this.#session.state;
    if (!isRunning(phase) || this.#isReopening) return;
    await this.#reopen(lost === "screen" ? null : capture);
  }

  /** Devices came or went: what was lost may be there again. */
  async devicesChanged(): Promise<void> {
    const { lost, phase, choices } = this.#session.state;
    if (lost === null || lost === "screen" || !isRunning(phase) || this.#isReopening) return;
    const isCamera = lackedKind(lost) === "video";
    const isBack = await isThere(
      isCamera ? "camera" : "microphone",
      isCamera ? choices.cameraId : choices.microphoneId,
    );
    const { capture } = this.#session.state;
    if (isBack && !this.#isReopening) await this.#reopen(capture?.screen == null ? null : capture);
  }

  /** Ends the take, and begins the next with what there is. */
  async #interrupt(run: RecordingRun, cause: SourceGapCause, end: CaptureEnd | null): Promise<void> {
    const session = this.#session;
    const { capture, phase, lost } = session.state;
    if (session.run !== run || capture === null || !isRunning(phase)) return;
    this.#cause = cause;
    if (end !== null) {
      const [picture, sound] = ["video", "audio"].map((kind) =>
        remainingTracks(capture, end).some((track) => track.kind === kind),
      );
      const remains = picture ? (sound ? "both" : "picture") : sound ? "sound" : "nothing";
      session.update({ lost: end, ...(end === lost ? {} : { notice: interruptionWords(end, remains) }) });
    }
    await run.interrupt();
    // Somebody who paused goes on himself.
    if (session.state.phase === "recording") await this.#goOn(run);
  }

  /** After an interruption: the next take with what there is, if there is anything. */
  async #goOn(run: RecordingRun): Promise<void> {
    const session = this.#session;
    const { capture, lost, phase } = session.state;
    if (session.run !== run || capture === null || !isRunning(phase)) return;
    const tracks = remainingTracks(capture, lost);
    if (tracks.length === 0) return session.become("interrupted", { run: run.state });
    try {
      await run.goOn(tracks, this.#cause);
      if (session.run !== run || !isRunning(session.state.phase)) return;
      if (lost !== null && goesOnWithout(lost)) run.noteLack(lackedKind(lost), causeOf(lost));
      if (lost === "screen" && capture.camera !== null) {
        session.update({ capture: { ...capture, video: capture.camera } });
      }
      if (session.state.phase !== "paused" || phase === "paused") session.become("recording", { run: run.state });
      else run.pause();
    } catch (error) {
      if (session.run === run && isRunning(session.state.phase)) {
        session.become("interrupted", { problem: toAppError(error), run: run.state });
      }
    }
  }

  /** @param kept what is still shared; null: the user is asked */
  async #reopen(kept: SharedScreen | null): Promise<void> {
    const session = this.#session;
    const { run, desk } = session;
    const { lost } = session.state;
    if (run === null) return;
    this.#isReopening = true;
    try {
      const capture = await desk.openAgain(kept);
      const isOver = () => session.run !== run || !isRunning(session.state.phase);
      if (isOver()) return capture.stop(kept);
      this.#change(async () => {
        if (isOver()) return capture.stop(kept);
        await run.interrupt();
        desk.replace(capture, kept);
        this.#cause = lost === null ? "unknown" : causeOf(lost);
        session.update({ lost: null, problem: null, notice: lost === null ? null : returnWords(lost) });
        if (session.state.phase !== "paused") await this.#goOn(run);
      });
    } catch (error) {
      if (session.run !== run) return;
      const { kind, code } = toAppError(error);
      session.update({ problem: new AppError(kind, code, desk.problemOf(error).title, { cause: error }) });
    } finally {
      this.#isReopening = false;
    }
  }

  #change(act: () => Promise<void> | void): void {
    const { update } = this.#session;
    this.#changing = this.#changing.then(act).catch((error) => update({ problem: toAppError(error) }));
  }
}
