/** The keyboard in the library. It acts on the recording whose link has the focus. */
import type { KeyboardEvent } from "react";
import type { Shortcut } from "@/components/ui/shortcuts-dialog";

export const LIBRARY_SHORTCUTS: readonly Shortcut[] = [
  { keys: ["/"], does: "Search" },
  { keys: ["←", "→", "↑", "↓"], does: "Go from recording to recording" },
  { keys: ["Enter"], does: "Open" },
  { keys: ["X"], does: "Select, or take out of the selection" },
  { keys: ["Shift", "X"], does: "Select up to here" },
  { keys: ["Ctrl", "A"], does: "Select all" },
  { keys: ["Esc"], does: "Select nothing" },
  { keys: ["F2"], does: "Rename" },
  { keys: ["Del"], does: "Delete" },
  { keys: ["?"], does: "Show these shortcuts" },
];

interface ItemKeyCommands {
  toggle: (id: string, asRange: boolean) => void;
  selectAll: () => void;
  clear: () => void;
  startRename: (id: string) => void;
  /** Asks whether to delete the selection, or this one when it is not part of it. */
  remove: (id: string) => void;
}

/** @returns handler for the element around the recordings */
export function itemKeys(commands: ItemKeyCommands): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    const link = event.target as HTMLElement;
    const id = link.dataset.recording;
    if (id === undefined) return;
    const handled = act(event, id, link, commands);
    if (handled) event.preventDefault();
  };
}

function act(event: KeyboardEvent<HTMLElement>, id: string, link: HTMLElement, commands: ItemKeyCommands): boolean {
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "a") return false;
    commands.selectAll();
    return true;
  }
  switch (event.key) {
    case "x":
    case "X":
      commands.toggle(id, event.shiftKey);
      return true;
    case "Escape":
      commands.clear();
      return true;
    case "F2":
      commands.startRename(id);
      return true;
    case "Delete":
      commands.remove(id);
      return true;
    case "ArrowLeft":
    case "ArrowRight":
    case "ArrowUp":
    case "ArrowDown":
      return moveFocus(link, event.key, event.currentTarget);
    default:
      return false;
  }
}

/** Moves to the neighbour as it is seen: the next in the line, or the nearest in the line above or below. */
function moveFocus(link: HTMLElement, key: string, container: HTMLElement): boolean {
  const links = [...container.querySelectorAll<HTMLElement>("[data-recording]")];
  const at = links.indexOf(link);
  if (key === "ArrowLeft") links[at - 1]?.focus();
  else if (key === "ArrowRight") links[at + 1]?.focus();
  else {
    const here = link.getBoundingClientRect();
    const isDown = key === "ArrowDown";
    const candidates = (isDown ? links.slice(at + 1) : links.slice(0, at).reverse()).map((each) => ({
      each,
      box: each.getBoundingClientRect(),
    }));
    const nextLine = candidates.find(({ box }) => (isDown ? box.top > here.bottom : box.bottom < here.top))?.box.top;
    const inLine = candidates.filter(({ box }) => Math.abs(box.top - (nextLine ?? Number.NaN)) < here.height);
    inLine.sort((a, b) => Math.abs(a.box.left - here.left) - Math.abs(b.box.left - here.left));
    inLine[0]?.each.focus();
  }
  return true;
}
