/** The clock file beside a track, as crashes and reconnections leave it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readClock } from "@/worker/compile/read-clock";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-clock-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(...lines: (object | string)[]) {
  const file = path.join(folder, "video.clock.jsonl");
  await writeFile(file, lines.map((line) => (typeof line === "string" ? line : `${JSON.stringify(line)}\n`)).join(""));
  return readClock(file);
}

const page = { clock: "page", browser: "chromium" };
const at = (o: number, p: number) => ({ o, p });

test("points of the page's clock are read, over a reconnection that says whose clock it is again", async () => {
  expect(await read(page, at(10, 100), page, at(20, 350.5))).toEqual({
    ...page,
    points: [
      { offsetBytes: 10, perfMs: 100 },
      { offsetBytes: 20, perfMs: 350.5 },
    ],
  });
});

test("a file that is missing, empty, or holds no point is no clock", async () => {
  expect(await readClock(path.join(folder, "nothing"))).toBeNull();
  expect(await read()).toBeNull();
  expect(await read(page)).toBeNull();
  expect(await read(at(10, 100))).toBeNull();
});

test("a line that a crash cut off, and lines of no known shape, are passed over", async () => {
  const clock = await read(page, at(10, 100), "garbage\n", '{"o":-1,"p":5}\n', at(20, 200), '{"o":30,"p":3');
  expect(clock?.points.map(({ offsetBytes }) => offsetBytes)).toEqual([10, 20]);
});

test("chunks that were sent again count once", async () => {
  const clock = await read(page, at(10, 100), at(20, 200), at(10, 100), at(20, 200), at(30, 300));
  expect(clock?.points.map(({ offsetBytes }) => offsetBytes)).toEqual([10, 20, 30]);
});

test("where a clock goes back another one begins, of which nothing is taken", async () => {
  const reloaded = await read(page, at(10, 9000), at(20, 9300), page, at(30, 50), at(40, 9600));
  expect(reloaded?.points).toHaveLength(2);
  const server = { clock: "server", browser: "other" };
  const restarted = await read(server, at(10, 100), server, at(20, 200));
  expect(restarted?.points).toHaveLength(1);
  expect((await read(page, at(10, 100), server, at(20, 200)))?.points).toHaveLength(1);
});
