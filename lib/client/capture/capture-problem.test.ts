import { expect, test } from "vitest";
import { captureProblem, insecureContextProblem } from "@/lib/client/capture/capture-problem";

const error = (name: string) => Object.assign(new Error("x"), { name });
const camera = { devices: ["camera"], browser: "chromium", isMac: false } as const;

test.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "not-found"],
  ["NotReadableError", "busy"],
  ["OverconstrainedError", "unfit"],
  ["TypeError", "unknown"],
])("%s is told as %s", (name, code) => {
  expect(captureProblem(error(name), camera).code).toBe(code);
});

test("a denied permission is explained for the browser at hand, and for the system on a Mac", () => {
  const stepsIn = (browser: "chromium" | "firefox" | "safari", isMac = false) =>
    captureProblem(error("NotAllowedError"), { ...camera, browser, isMac }).steps.join(" ");
  expect(stepsIn("chromium")).toContain("address bar");
  expect(stepsIn("firefox")).toContain("Blocked Temporarily");
  expect(stepsIn("safari", true)).toContain("Settings for This Website");
  expect(stepsIn("safari", true)).toContain("System Settings");
  expect(stepsIn("chromium")).not.toContain("System Settings");
});

test("both devices are named when both were asked for", () => {
  const { title } = captureProblem(error("NotAllowedError"), { ...camera, devices: ["camera", "microphone"] });
  expect(title).toBe("The camera and microphone are blocked");
});

test("a closed sharing dialog is no denied permission", () => {
  expect(captureProblem(error("NotAllowedError"), { ...camera, devices: ["screen"] }).code).toBe("dismissed");
});

test("a missing microphone can be done without, a missing camera cannot", () => {
  const stepsWithout = (device: "camera" | "microphone") =>
    captureProblem(error("NotFoundError"), { ...camera, devices: [device] }).steps.join(" ");
  expect(stepsWithout("microphone")).toContain("Or record without it");
  expect(stepsWithout("camera")).not.toContain("Or record without it");
});

test("an insecure page is told which address it has and which it needs", () => {
  const problem = insecureContextProblem("http://192.168.1.7:3000");
  expect(problem.explanation).toContain("http://192.168.1.7:3000");
  expect(problem.steps.join(" ")).toMatch(/https:\/\/.*localhost/);
});
