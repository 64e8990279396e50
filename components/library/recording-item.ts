/** What the card and the row of a recording are given. */
import type { RecordingResource } from "@/lib/protocol/recordings";

export interface ItemCommands {
  toggle: (id: string, asRange: boolean) => void;
  startRename: (id: string) => void;
  /** @param title null: leave it as it is */
  finishRename: (id: string, title: string | null) => void;
  pin: (recording: RecordingResource) => void;
  compile: (recording: RecordingResource) => void;
  remove: (recording: RecordingResource) => void;
}

export interface ItemProps {
  recording: RecordingResource;
  isSelected: boolean;
  /** Something is selected: every item shows its box. */
  isSelecting: boolean;
  isRenaming: boolean;
  commands: ItemCommands;
}

/** Whether asking for a compilation would do something. */
export function canCompile({ state, progress, tracks }: RecordingResource): boolean {
  const isIdle = state === "failed" || (state === "stopped" && progress === null);
  return isIdle && tracks.some(({ removedAt }) => removedAt === null);
}
