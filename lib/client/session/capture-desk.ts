/** The first half of the session: what is chosen, what is open, and how it sounds, until a recording takes it over. */
import {
  type Capture,
  type CaptureEnd,
  CaptureError,
  canCapture,
  openCapture,
  type SharedScreen,
} from "@/lib/client/capture/capture";
import { type CaptureProblem, captureProblem } from "@/lib/client/capture/capture-problem";
import { type Choices, needsOf, rememberChoices } from "@/lib/client/capture/choices";
import { isAllowed, listDevices } from "@/lib/client/capture/devices";
import { LevelMeter } from "@/lib/client/level/level-meter";
import { SilenceWatch } from "@/lib/client/level/levels";
import { browserOf } from "@/lib/client/record/browser";
import { isChoosing, type SessionPhase } from "@/lib/client/session/session-phase";
import type { SessionState } from "@/lib/client/session/session-state";

/** The session that the desk belongs to. */
export interface DeskOwner {
  readonly state: SessionState;
  /** The page is there. */
  readonly isPresent: boolean;
  update(changes: Partial<SessionState>): void;
  become(phase: SessionPhase, changes?: Partial<SessionState>): void;
  captureEnded(end: CaptureEnd): void;
}

export class CaptureDesk {
  readonly #owner: DeskOwner;
  readonly #silence = new SilenceWatch();
  #meter: LevelMeter | null = null;
  /** What is open, as it was opened. */
  #current: Capture | null = null;
  /** Counts what was opened or closed: an answer to an older question is dropped. */
  #opening = 0;

  constructor(owner: DeskOwner) {
    this.#owner = owner;
  }

  /** Of the microphone, or of the shared sound where there is none. */
  get meter(): LevelMeter | null {
    return this.#meter;
  }

  /** Whether a microphone that should be heard has given no sound for a while. */
  listenForSilence(): boolean {
    const { capture, isMuted } = this.#owner.state;
    const peakDb = this.#meter?.recentPeakDb() ?? null;
    if (capture?.microphone == null || isMuted || peakDb === null) return false;
    return this.#silence.hear(peakDb, performance.now());
  }

  async listDevices(): Promise<void> {
    this.#owner.update({ devices: await listDevices() });
  }

  /** Changes what will be recorded; what is open is opened again. */
  async choose(changes: Partial<Choices>): Promise<void> {
    const { phase, choices: before } = this.#owner.state;
    if (!isChoosing(phase)) return;
    const choices = { ...before, ...changes };
    rememberChoices(choices);
    this.#owner.update({ choices });
    const changed = (Object.keys(changes) as (keyof Choices)[]).filter((name) => choices[name] !== before[name]);
    if (changed.every((name) => name === "countdownS")) return;
    this.close();
    this.#owner.become("preparing", { captureProblem: null, problem: null, notice: null });
    // Whoever saw the one camera wants to see the other; a screen is asked for only on request.
    if (phase === "preview" && !needsOf(choices).screen) await this.open();
    else await this.openIfAllowed();
  }

  /** Asks the browser for what was chosen. @returns whether it is open now */
  async open(): Promise<boolean> {
    if (!isChoosing(this.#owner.state.phase)) return false;
    this.close();
    const opening = this.#opening;
    this.#owner.become("preparing", { captureProblem: null, notice: null });
    try {
      const capture = await openCapture(this.#owner.state.choices, (end) => {
        if (opening === this.#opening) this.#owner.captureEnded(end);
      });
      if (opening !== this.#opening) {
        capture.stop();
        return false;
      }
      this.#current = capture;
      this.#listenTo(capture);
      this.#owner.become("preview", { capture });
      // Only now do the devices have names.
      void this.listDevices();
      return true;
    } catch (error) {
      if (opening === this.#opening) this.#owner.become("idle", { captureProblem: this.problemOf(error) });
      return false;
    }
  }

  /** Opens what the browser gives without asking, and leaves the rest to the user. */
  async openIfAllowed(): Promise<void> {
    if (this.#owner.state.capture !== null) return;
    const opening = this.#opening;
    const isWelcome = await this.#mayOpenUnasked();
    // The user was faster, or has left.
    if (opening !== this.#opening || !this.#owner.isPresent) return;
    if (isWelcome) await this.open();
    else this.#owner.become("idle");
  }

  /**
   * Opens again what is being recorded, after part of it was lost.
   *
   * @param kept what is still shared; null: the user is asked what to share. Then it needs a click or key press
   * @returns not shown before {@link replace}. @throws {CaptureError}
   */
  openAgain(kept: SharedScreen | null): Promise<Capture> {
    // What ends before it is in use is found when it is.
    const capture: Promise<Capture> = openCapture(
      this.#owner.state.choices,
      (end) => void capture.then((it) => it === this.#current && this.#owner.captureEnded(end)),
      kept,
    );
    return capture;
  }

  /** Puts what {@link openAgain} gave in the place of what was open. */
  replace(capture: Capture, kept: SharedScreen | null): void {
    this.#opening += 1;
    this.#current?.stop(kept);
    this.#current = capture;
    this.#meter?.close();
    capture.setMuted(this.#owner.state.isMuted);
    this.#listenTo(capture);
    this.#owner.update({ capture, isSilent: false });
  }

  /** Lets go of devices and screen. */
  close(): void {
    this.#opening += 1;
    this.#current?.stop();
    this.#current = null;
    this.#meter?.close();
    this.#meter = null;
    this.#owner.update({ capture: null, isSilent: false, isMuted: false });
  }

  setMuted(isMuted: boolean): void {
    const { capture } = this.#owner.state;
    if (capture?.microphone == null) return;
    capture.setMuted(isMuted);
    this.#silence.reset();
    this.#owner.update({ isMuted, isSilent: false });
  }

  #listenTo({ microphone, systemSound }: Capture): void {
    const heard = microphone ?? systemSound;
    this.#meter = heard === null ? null : new LevelMeter(heard);
    this.#silence.reset();
  }

  async #mayOpenUnasked(): Promise<boolean> {
    // Where nothing can ever be opened, trying says so at once.
    if (!canCapture()) return true;
    const { camera, microphone, screen } = needsOf(this.#owner.state.choices);
    if (screen || (camera && !(await isAllowed("camera")))) return false;
    return !microphone || isAllowed("microphone");
  }

  problemOf(error: unknown): CaptureProblem {
    if (error instanceof CaptureError) return error.problem;
    const needs = needsOf(this.#owner.state.choices);
    return captureProblem(error, {
      devices: (["camera", "microphone", "screen"] as const).filter((device) => needs[device]),
      browser: browserOf(navigator.userAgent),
      isMac: false,
    });
  }
}
