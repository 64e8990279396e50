import { expect, it } from "vitest";
import { nextAfter } from "@/components/cameras/playing";

const SPANS = [
  { from: "2026-11-26T10:00:00.000Z", to: "2026-11-26T10:10:00.000Z" },
  { from: "2026-11-26T11:00:00.000Z", to: "2026-11-26T11:10:00.000Z" },
];
const at = (time: string) => Date.parse(`2026-11-26T${time}Z`);

it("goes on where it was while there is more", () => {
  expect(nextAfter(SPANS, at("10:05:00.000"))).toBe(at("10:05:00.000"));
});

it("goes over a gap to what comes next", () => {
  expect(nextAfter(SPANS, at("10:09:59.000"))).toBe(at("11:00:00.000"));
});

it("stops where there is nothing more", () => {
  expect(nextAfter(SPANS, at("11:09:59.500"))).toBeNull();
});
