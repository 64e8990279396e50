/** Every shortcut of the recording page: one table for what keys do and for what the overlay says. */
import type { Shortcut } from "@/components/ui/shortcuts-dialog";
import { SESSION_PHASES, type SessionPhase } from "@/lib/client/session/session-phase";

export type RecorderCommand =
  | "record"
  | "skip"
  | "cancel"
  | "pause"
  | "resume"
  | "stop"
  | "discard"
  | "mute"
  | "title"
  | "help";

interface RecorderShortcut extends Shortcut {
  /** `KeyboardEvent.key`, lower case. */
  key: string;
  /** What it does in which phase; in others nothing. */
  commands: Partial<Record<SessionPhase, RecorderCommand>>;
}

function everywhere(command: RecorderCommand): Partial<Record<SessionPhase, RecorderCommand>> {
  return Object.fromEntries(SESSION_PHASES.map((phase) => [phase, command]));
}

export const RECORDER_SHORTCUTS: readonly RecorderShortcut[] = [
  {
    key: "r",
    keys: ["R"],
    does: "Record; begin without waiting for the countdown",
    commands: { idle: "record", preview: "record", countdown: "skip" },
  },
  {
    key: "p",
    keys: ["P"],
    does: "Pause, and go on",
    commands: { recording: "pause", paused: "resume", interrupted: "resume" },
  },
  {
    key: " ",
    keys: ["Space"],
    does: "Pause, and go on, unless a control has the focus",
    commands: { recording: "pause", paused: "resume", interrupted: "resume" },
  },
  { key: "s", keys: ["S"], does: "Stop", commands: { recording: "stop", paused: "stop", interrupted: "stop" } },
  {
    key: "m",
    keys: ["M"],
    does: "Switch the microphone off and on",
    commands: { preview: "mute", countdown: "mute", recording: "mute", paused: "mute" },
  },
  {
    key: "d",
    keys: ["D"],
    does: "Discard the recording, after a question",
    commands: { recording: "discard", paused: "discard", interrupted: "discard", uploading: "discard" },
  },
  {
    key: "escape",
    keys: ["Esc"],
    does: "Leave the countdown; while recording, discard",
    commands: { countdown: "cancel", recording: "discard", paused: "discard", interrupted: "discard" },
  },
  { key: "t", keys: ["T"], does: "Write the title", commands: everywhere("title") },
  { key: "?", keys: ["?"], does: "Show these shortcuts", commands: everywhere("help") },
];

/** What the table looks at of an event. */
export interface PressedKey {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** Held down. */
  repeat: boolean;
}

/**
 * What the focus is on: `typing` takes every key itself; a `control` takes the space bar; `page` none.
 */
export type FocusedOn = "typing" | "control" | "page";

/** @returns null when the key means nothing here */
export function commandFor(pressed: PressedKey, focusedOn: FocusedOn, phase: SessionPhase): RecorderCommand | null {
  if (focusedOn === "typing" || pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  if (focusedOn === "control" && pressed.key === " ") return null;
  const shortcut = RECORDER_SHORTCUTS.find(({ key }) => key === pressed.key.toLowerCase());
  return shortcut?.commands[phase] ?? null;
}

/** Radix lists and menus find their entries by letters, and dialogs have keys of their own. */
const TYPING =
  "input:not([type=radio]), textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu], [role=dialog], [role=alertdialog]";
const CONTROLS = "button, a[href], [role=radio], [role=switch], [role=slider]";

/** @param target of the event */
export function focusedOn(target: Element): FocusedOn {
  if (target.closest(TYPING) !== null) return "typing";
  return target.closest(CONTROLS) === null ? "page" : "control";
}
