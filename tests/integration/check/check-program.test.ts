/** `bin/check` as it is run: words, JSON lines, exit codes, and the proof of one recording by its manifest. */
import { randomUUID } from "node:crypto";
import { rename, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MANIFEST_FILENAME, mp4Filename } from "@/lib/domain/names";
import type { RecordingManifest } from "@/lib/protocol/manifest";
import { emptyLibrary, type Library, makeLibrary } from "@/tests/integration/check/library";
import { testEnvironment } from "@/tests/support/environment";
import { openTestServices, type TestServices } from "@/tests/support/services";
import { bundleProcess, type ProcessBundle } from "@/tests/torture/support/process-bundle";

let services: TestServices;
let library: Library;

/** The same program in one file: from the sources each start compiles and loads for two and a half seconds. */
let bundled: ProcessBundle;

beforeAll(async () => {
  [services, bundled] = await Promise.all([openTestServices(), bundleProcess("bin/check.ts")]);
});
afterAll(async () => {
  await services.dispose();
  await bundled.remove();
});
beforeEach(async () => {
  await emptyLibrary(services);
  library = await makeLibrary(services);
});

function run(args: string[], environment: Record<string, string> = {}) {
  return runProgram([process.execPath, bundled.file, ...args], environment);
}

async function runProgram([program, ...args]: [string, ...string[]], environment: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await execa(program, args, {
    env: { ...testEnvironment(), ...services.environment, ...environment },
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout, stderr, lines: stdout.split("\n") };
}

const jsonLines = (lines: string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const file = (id: string, name: string) => path.join(services.folder.folder(id), name);

describe("bin/check", () => {
  it("ends with 0 when all is well, and says what it looked at", async () => {
    expect(await runProgram(["bin/check", "--deep"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^6 recordings, 12 files, .* read: all well\.$/),
      stderr: "",
    });
  });

  it("ends with 1 when it found something, in words and as JSON, and with 0 once it is repaired", async () => {
    await truncate(file(library.ready, mp4Filename(library.ready)), 3);
    const words = await run([]);
    expect(words.exitCode).toBe(1);
    expect(words.lines[0]).toBe("not as written down:");
    expect(words.lines[1]).toContain(`${library.ready}/${library.ready}.mp4: It has 3 bytes, and its row says`);

    const json = await run(["--json"]);
    expect(json.exitCode).toBe(1);
    expect(jsonLines(json.lines)).toMatchObject([
      { type: "finding", severity: "problem", code: "file_differs", recordingId: library.ready },
      { type: "summary", deep: false, recordings: 6, problems: 1, notes: 0, mended: 0, moved: 0 },
    ]);

    const repaired = await run(["--repair", "--json"]);
    expect(repaired.exitCode).toBe(0);
    expect(jsonLines(repaired.lines)).toMatchObject([{ outcome: "moved" }, { problems: 1, moved: 1 }]);
    expect(await run([])).toMatchObject({ exitCode: 0 });
  });

  it("ends with 1 when what it found could not be repaired", async () => {
    await rename(file(library.cleaned, mp4Filename(library.cleaned)), path.join(services.folder.root, ".kept"));
    const { exitCode, stdout } = await run(["--repair"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("left: Nothing here can replace it. Restore it from a backup, or delete the recording.");
  });

  it.each([
    ["an option it does not have", ["--force"], {}, "Unknown option '--force'"],
    ["a proof that is to repair", ["--recording", randomUUID(), "--repair"], {}, "goes with --json only"],
    ["a recording that is not there", ["--recording", randomUUID()], {}, "There is no recording"],
    ["a database that is not there", [], { DATABASE_URL: "file:./not/there.db" }, "There is no database"],
    ["a folder that is not there", [], { RECORDINGS_DIR: "./not/there" }, "Is its disk mounted?"],
  ])("ends with 2 and a reason for %s", async (_, args, environment, reason) => {
    const { exitCode, stdout, stderr } = await run(args, environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(reason);
  });
});

describe("bin/check --recording", () => {
  async function writeManifest(change: (manifest: RecordingManifest) => void = () => {}): Promise<void> {
    const { tracks, outputs, takes } = await services.database.recording.findUniqueOrThrow({
      where: { id: library.ready },
      include: { tracks: true, outputs: true, takes: true },
    });
    const manifest = {
      version: 1,
      recordingId: library.ready,
      writtenAt: "2026-01-02T03:04:05.678Z",
      takes: takes.map(({ number, startedAt }) => ({
        number,
        startedAt: startedAt.toISOString(),
        cause: null,
        fromMs: 0,
      })),
      tracks: tracks.map(({ takeNumber, kind, filename, mimeType, sizeBytes, sha256 }) => ({
        take: takeNumber,
        kind: kind as "video",
        filename,
        mimeType,
        sizeBytes: Number(sizeBytes),
        sha256,
        removedAt: null,
      })),
      outputs: outputs.map(({ kind, filename, contentType, sizeBytes, sha256, durationMs }) => ({
        kind,
        filename,
        contentType,
        sizeBytes: Number(sizeBytes),
        sha256,
        durationMs,
      })),
      gaps: [{ kind: null, fromMs: 40, toMs: 90, code: "suspended", cause: "The computer slept." }],
    } satisfies RecordingManifest;
    change(manifest);
    await writeFile(file(library.ready, MANIFEST_FILENAME), JSON.stringify(manifest));
  }

  const prove = (...more: string[]) => run(["--recording", library.ready, ...more]);

  it("proves that every file is what the manifest says", async () => {
    await writeManifest();
    const { exitCode, stdout } = await prove();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Recording \S+ is what its manifest of 2026-01-02T03:04:05.678Z says: 4 files, .*, 1 take, 1 gap of 50 ms in all\.$/,
    );
    expect(jsonLines((await prove("--json")).lines)).toMatchObject([{ type: "proof", isProved: true, files: 4 }]);
    expect(await run(["--deep"])).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ["a file that changed", async () => writeFile(file(library.ready, "video.webm"), "other"), "file_differs"],
    ["a file that is missing", async () => rm(file(library.ready, "audio.webm")), "file_missing"],
    [
      "a digest that is another one than its row's",
      async () =>
        writeManifest(({ outputs }) => {
          for (const output of outputs) output.sha256 = "0".repeat(64);
        }),
      "manifest_differs",
    ],
    ["a track that it does not name", async () => writeManifest(({ tracks }) => void tracks.pop()), "manifest_differs"],
  ])("does not prove %s", async (_, damage, code) => {
    await writeManifest();
    await damage();
    const { exitCode, lines } = await prove("--json");
    expect(exitCode).toBe(1);
    const said = jsonLines(lines);
    expect(said.map((line) => line.code)).toContain(code);
    expect(said.at(-1)).toMatchObject({ type: "proof", isProved: false });
  });

  it("does not ask for a raw track that retention has removed since", async () => {
    await writeManifest();
    await services.database.track.updateMany({
      where: { recordingId: library.ready, kind: "video" },
      data: { removedAt: new Date() },
    });
    await rm(file(library.ready, "video.webm"));
    expect(jsonLines((await prove("--json")).lines)).toMatchObject([{ isProved: true, files: 3 }]);
  });

  it("ends with 2 without a manifest, with one of another recording, and while the recording changes", async () => {
    expect(await prove()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no manifest") });
    await writeManifest((manifest) => {
      manifest.recordingId = library.failed;
    });
    expect(await prove()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("another recording") });
    expect(await run(["--recording", library.live])).toMatchObject({ exitCode: 2 });
  });
});
