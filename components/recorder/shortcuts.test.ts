import { expect, test } from "vitest";
import { commandFor, type PressedKey, RECORDER_SHORTCUTS } from "@/components/recorder/shortcuts";

function press(key: string, also: Partial<PressedKey> = {}): PressedKey {
  return { key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...also };
}

test("a key means what the phase makes of it", () => {
  expect(commandFor(press("r"), "page", "preview")).toBe("record");
  expect(commandFor(press("R"), "page", "countdown")).toBe("skip");
  expect(commandFor(press("r"), "page", "recording")).toBeNull();
  expect(commandFor(press("p"), "page", "recording")).toBe("pause");
  expect(commandFor(press("p"), "page", "paused")).toBe("resume");
  expect(commandFor(press("s"), "page", "paused")).toBe("stop");
  expect(commandFor(press("s"), "page", "preview")).toBeNull();
  expect(commandFor(press("Escape"), "page", "countdown")).toBe("cancel");
  expect(commandFor(press("Escape"), "page", "recording")).toBe("discard");
  expect(commandFor(press("?"), "page", "done")).toBe("help");
});

test("nothing happens while somebody types", () => {
  for (const { key } of RECORDER_SHORTCUTS) expect(commandFor(press(key), "typing", "recording")).toBeNull();
});

test("the space bar is left to the control that has the focus", () => {
  expect(commandFor(press(" "), "control", "recording")).toBeNull();
  expect(commandFor(press(" "), "page", "recording")).toBe("pause");
  expect(commandFor(press("p"), "control", "recording")).toBe("pause");
});

test("combinations belong to the browser, and a key held down counts once", () => {
  expect(commandFor(press("r", { ctrlKey: true }), "page", "preview")).toBeNull();
  expect(commandFor(press("s", { metaKey: true }), "page", "recording")).toBeNull();
  expect(commandFor(press("p", { repeat: true }), "page", "recording")).toBeNull();
});

test("no key is in the table twice, and each is explained", () => {
  const keys = RECORDER_SHORTCUTS.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(RECORDER_SHORTCUTS.map(({ does }) => does)).size).toBe(keys.length);
});
