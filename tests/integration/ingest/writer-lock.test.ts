/** One process at a time writes recordings, held by a lock that ends with it. */
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeWriterLock } from "@/lib/server/storage/writer-lock";
import { type RunningProgram, run } from "@/tests/support/processes";

let root: string;
let programs: RunningProgram[];
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "tapedeck-lock-"));
  programs = [];
});
afterEach(async () => {
  for (const program of programs) await program.stop("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

function writer(patienceMs: number): RunningProgram {
  const script = path.join(import.meta.dirname, "writer-process.ts");
  const program = run(process.execPath, ["--import", "tsx", script, root, String(patienceMs)]);
  programs.push(program);
  return program;
}

test("a second writer is refused, and told who the first one is", async () => {
  const first = writer(0);
  await first.waitFor(/^locked at/m);
  const refused = await writer(200).waitFor(/StartError: .*/);
  expect(refused).toContain(`are being written by another server: process ${first.child.pid} on `);
  await expect(takeWriterLock(root, 0)).rejects.toThrow(/Only one may; end it first/);
});

test("a second writer waits, and goes on when the first one was killed with -9", async () => {
  const first = writer(0);
  await first.waitFor(/^locked at/m);
  const second = writer(60_000);
  // It has tried and failed before the first one is killed.
  await expect(takeWriterLock(root, 300)).rejects.toThrow(`process ${first.child.pid}`);
  expect(second.output()).toBe("");
  const exit = once(first.child, "exit");
  first.child.kill("SIGKILL");
  await exit;
  await second.waitFor(/^locked at/m);
  await expect(takeWriterLock(root, 0)).rejects.toThrow(`process ${second.child.pid}`);
});

test("two in one process exclude each other, and a released one leaves only its two files", async () => {
  const lock = await takeWriterLock(root, 0);
  await expect(takeWriterLock(root, 0)).rejects.toThrow(`process ${process.pid}`);
  lock.release();
  (await takeWriterLock(root, 0)).release();
  expect((await readdir(root)).sort()).toEqual([".writer.json", ".writer.lock"]);
});
