/** The runner of FFmpeg: limits, ends, and what is left to read of a run. */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runProgram } from "@/lib/server/ffmpeg/run";
import { eventually } from "@/tests/support/eventually";

let folder: string;
const MIB = 1024 ** 2;
const limits = { memoryBytes: 1024 * MIB, cpuSeconds: 60, fileBytes: MIB, timeoutMs: 60_000 };
const never = () => new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-run-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A program that stands for FFmpeg. */
async function program(script: string): Promise<string> {
  const file = path.join(folder, `program-${randomUUID()}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function pidIn(file: string): Promise<number> {
  return eventually(async () => {
    const text = await readFile(file, "utf8");
    expect(text).toMatch(/^\d+\n$/);
    return Number(text);
  });
}

test("lines of output come one by one, and the last fifty of the complaints are kept", async () => {
  const lines: string[] = [];
  const script = await program(
    'echo one; echo two; i=0; while [ $i -lt 80 ]; do echo "complaint $i" >&2; i=$((i+1)); done',
  );
  const { stderr } = await runProgram(script, [], { ...limits, signal: never(), onLine: (line) => lines.push(line) });
  expect(lines).toEqual(["one", "two"]);
  expect(stderr).toHaveLength(50);
  expect([stderr[0], stderr[49]]).toEqual(["complaint 30", "complaint 79"]);
});

test("an abort ends the whole group, also a child that does not listen, and throws its reason", async () => {
  const pidFile = path.join(folder, "stubborn.pid");
  const script = await program(`trap '' TERM; sleep 300 & echo $! > "${pidFile}"; wait; sleep 300`);
  const controller = new AbortController();
  const reason = new Error("deleted");
  const running = runProgram(script, [], { ...limits, signal: controller.signal });
  running.catch(() => {});
  const child = await pidIn(pidFile);
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  await eventually(() => expect(isAlive(child)).toBe(false));
});

test("an abort that came before does not start anything", async () => {
  const mark = path.join(folder, "started");
  const script = await program(`touch "${mark}"`);
  const reason = new Error("stopped");
  await expect(runProgram(script, [], { ...limits, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await expect(readFile(mark)).rejects.toThrow();
});

test("a run that takes too long is ended, and is not to be tried again", async () => {
  const error = await runProgram(await program("exec sleep 300"), [], {
    ...limits,
    timeoutMs: 300,
    signal: never(),
  }).catch((e) => e);
  expect(error).toMatchObject({ code: "compile_took_too_long" });
  expect(error.outcome.retry).toBe(false);
});

test("the environment of the worker stays with it", async () => {
  const lines: string[] = [];
  vi.stubEnv("TAPEDECK_TEST_SECRET", "hidden");
  await runProgram(await program("env"), [], { ...limits, signal: never(), onLine: (line) => lines.push(line) });
  vi.unstubAllEnvs();
  expect(lines.some((line) => line.startsWith("PATH="))).toBe(true);
  expect(lines.join("\n")).not.toContain("hidden");
});

test("a program that is not there is the server's fault", async () => {
  const error = await runProgram("/nowhere/ffmpeg", [], { ...limits, signal: never() }).catch((e) => e);
  expect(error).toMatchObject({ kind: "unavailable", code: "ffmpeg_missing" });
});

if (process.platform === "linux") {
  test("a file cannot grow beyond its limit, nor memory beyond its own", async () => {
    const out = path.join(folder, "big");
    const big = await runProgram(await program(`exec dd if=/dev/zero of="${out}" bs=65536 count=100`), [], {
      ...limits,
      signal: never(),
    }).catch((e) => e);
    expect(big).toMatchObject({ code: "compile_needs_too_much" });
    expect((await readFile(out)).length).toBeLessThanOrEqual(MIB);

    const source = ["-f", "lavfi", "-i", "color=s=4096x2176:d=2"];
    const args = ["-nostdin", "-v", "error", ...source, "-c:v", "libx264", "-threads", "4", "-f", "null", "-"];
    const greedy = await runProgram("ffmpeg", args, { ...limits, memoryBytes: 300 * MIB, signal: never() }).catch(
      (e) => e,
    );
    expect(greedy).toMatchObject({ code: "compile_needs_too_much" });
  });
}
