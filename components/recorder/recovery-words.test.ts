import { expect, test } from "vitest";
import { recoveryWords } from "@/components/recorder/recovery-words";

const LEFT = { title: "Talk", phase: "sending", isOpen: true, waitingBytes: 0, sendMs: null, problem: null } as const;

test("what is being sent is said with how much it is and how long it takes, once that is known", () => {
  expect(recoveryWords({ ...LEFT, waitingBytes: 12_000_000 })).toContain("is being sent (12 MB).");
  expect(recoveryWords({ ...LEFT, waitingBytes: 12_000_000, sendMs: 40_000 })).toContain("(12 MB, about 40 seconds)");
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
