import { expect, test } from "vitest";
import { ChunkMarks, safeTimeMs } from "@/lib/client/upload/chunk-marks";

/** Chunks of 100 bytes, one for each quarter of a second. */
function marksOf(chunks: number): ChunkMarks {
  const marks = new ChunkMarks();
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    marks.add({ endOffset: chunk * 100, perfMs: 5000 + chunk * 250, coveredMs: chunk * 250 });
  }
  return marks;
}

test("the chunks that end in a range, and the one it cuts, give their clocks", () => {
  const ends = (from: number, to: number) =>
    marksOf(4)
      .between(from, to)
      .map(({ endOffset }) => endOffset);
  expect(ends(0, 100)).toEqual([100]);
  expect(ends(100, 300)).toEqual([200, 300]);
  expect(ends(0, 150)).toEqual([100, 200]);
  expect(ends(150, 180)).toEqual([200]);
  expect(ends(0, 400)).toEqual([100, 200, 300, 400]);
});

test("a chunk is safe only when all of it is", () => {
  const marks = marksOf(4);
  marks.release(199);
  expect(marks.safeMs).toBe(250);
  marks.release(200);
  expect(marks.safeMs).toBe(500);
  marks.release(200);
  expect(marks.safeMs).toBe(500);
  marks.release(400);
  expect(marks.safeMs).toBe(1000);
});

test("an empty chunk after everything was released makes the time until then safe", () => {
  const marks = marksOf(2);
  marks.add({ endOffset: 200, perfMs: 6000, coveredMs: 600 });
  marks.release(200);
  expect(marks.safeMs).toBe(600);
  marks.add({ endOffset: 200, perfMs: 6300, coveredMs: 850 });
  expect(marks.safeMs).toBe(850);
});

test("a recording is as safe as its least safe track", () => {
  expect(safeTimeMs([5000, 4000])).toBe(4000);
  expect(safeTimeMs([5000, 0])).toBe(0);
  expect(safeTimeMs([])).toBe(0);
});
