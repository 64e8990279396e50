import { expect, test } from "vitest";
import { LineSplitter } from "@/lib/server/ffmpeg/lines";

test("lines come whole however they were cut, whatever ends them, and the last without an end", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of ["one\ntw", "o\r\nthree\rfo", "ur"]) splitter.write(piece);
  expect(lines).toEqual(["one", "two", "three"]);
  splitter.end();
  splitter.end();
  expect(lines).toEqual(["one", "two", "three", "four"]);
});

test("a line without end is kept to a bound", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (let index = 0; index < 100; index += 1) splitter.write("x".repeat(1000));
  splitter.end();
  expect(lines).toEqual(["x".repeat(16 * 1024)]);
});
