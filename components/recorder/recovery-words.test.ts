import { expect, test } from "vitest";
import { recoveryWords, restWords } from "@/components/recorder/recovery-words";

const LEFT = { title: "Talk", phase: "sending", isOpen: true, waitingBytes: 0, sendMs: null, problem: null } as const;

test("what is left is said with how long it takes, once that is known", () => {
  expect(restWords({ ...LEFT, waitingBytes: 12_000_000 })).toBe("12 MB left.");
  expect(restWords({ ...LEFT, waitingBytes: 12_000_000, sendMs: 40_000 })).toBe("12 MB left, about 40 seconds.");
  expect(restWords({ ...LEFT, phase: "sent" })).toBe("");
});

test("figures that change all the time are not in what screen readers hear", () => {
  expect(recoveryWords({ ...LEFT, waitingBytes: 12_000_000 })).toBe(recoveryWords(LEFT));
});

test("a recording that its user had stopped is not called crashed", () => {
  expect(recoveryWords({ ...LEFT, isOpen: false })).toMatch(/^The rest of “Talk” is being sent/);
});

test("what stands in the way is said", () => {
  expect(recoveryWords({ ...LEFT, problem: "Your storage is full." })).toContain("Your storage is full.");
});

test("another account's recording is not named", () => {
  expect(recoveryWords({ ...LEFT, phase: "foreign" })).not.toContain("Talk");
});
