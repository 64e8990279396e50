/** The lock on a data folder. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RunningProgram, run } from "@/tests/support/processes";

let folder: string;
let programs: RunningProgram[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-lock-"));
  programs = [];
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop()));
  await rm(folder, { recursive: true, force: true });
});

const lockFile = () => path.join(folder, "supervisor.lock");

function hold(): RunningProgram {
  const program = run(process.execPath, [path.join(import.meta.dirname, "programs/lock-holder.mjs"), lockFile()]);
  programs.push(program);
  return program;
}

it("is refused while another process holds it, and names that", async () => {
  const first = hold();
  await first.waitFor(/held/);
  const second = hold();
  const [code] = await once(second.child, "close");
  expect(code).toBe(1);
  expect(second.output().trim()).toBe(`Tapedeck is running here already, as process ${first.child.pid}.`);
});

it("is given back at the end", async () => {
  const first = hold();
  await first.waitFor(/held/);
  await first.stop();
  expect(existsSync(lockFile())).toBe(false);
  await hold().waitFor(/held/);
});

it("is taken over from a process that was killed", async () => {
  const first = hold();
  await first.waitFor(/held/);
  await first.stop("SIGKILL");
  expect(existsSync(lockFile())).toBe(true);
  await hold().waitFor(/held/);
});

it("is taken over when its holder's number belongs to another process by now", async () => {
  await writeFile(lockFile(), JSON.stringify({ pid: process.pid, startedAt: "another time" }));
  await hold().waitFor(/held/);
});
