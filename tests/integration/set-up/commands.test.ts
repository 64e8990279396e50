/** The commands in bin/: what they need, what they print, and how they say what is wrong. */
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProgram } from "@/bin/setup/find-program.mjs";
import { authenticate } from "@/lib/server/auth/authenticate";
import { testEnvironment } from "@/tests/support/environment";
import { run } from "@/tests/support/processes";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";

let services: TestServices;
let folder: string;

beforeAll(async () => {
  services = await openTestServices();
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-commands-"));
});
afterAll(async () => {
  await services.dispose();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, from another folder than its own. */
async function command(file: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const { child } = run(path.resolve(file), args, {
    cwd: tmpdir(),
    env: { ...testEnvironment(), ...services.environment, ...env },
  });
  const ended: Ended = { code: 0, stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => (ended.stdout += text));
  child.stderr?.on("data", (text) => (ended.stderr += text));
  [ended.code] = await once(child, "close");
  return ended;
}

/** A folder for the PATH with these programs and no others. */
async function pathWith(name: string, programs: Record<string, string>): Promise<string> {
  const own = path.join(folder, name);
  await mkdir(own);
  for (const [program, script] of Object.entries(programs))
    await writeFile(path.join(own, program), script, { mode: 0o755 });
  for (const program of ["sh", "dirname", "env"])
    await symlink(findProgram(program) as string, path.join(own, program));
  return own;
}

describe("bin/token", () => {
  it("prints a token that lets its user in, and nothing else", async () => {
    const { userId } = await addUser(services, "someone@example.org");
    const { code, stdout, stderr } = await command("bin/token", ["Someone@Example.org", "Backup script"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^tdk_[\w-]{43}\n$/);
    expect(await authenticate(services, { authorization: `Bearer ${stdout.trim()}` })).toMatchObject({ userId });
    expect(await services.database.apiToken.findMany({ where: { userId } })).toMatchObject([{ name: "Backup script" }]);
  });

  it("says that there is no such user", async () => {
    const ended = await command("bin/token", ["nobody@example.org"]);
    expect(ended).toEqual({ code: 1, stdout: "", stderr: "There is no user with the address nobody@example.org.\n" });
  });

  it("explains itself when it is called wrongly", async () => {
    for (const args of [[], ["--help"], ["a@example.org", "name", "more"]]) {
      const ended = await command("bin/token", args);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toContain("Usage: bin/token EMAIL [NAME]");
    }
  });

  it("names everything that is wrong with the settings at once, and ends with 78", async () => {
    const ended = await command("bin/token", ["a@example.org"], { PORT: "many", LOG_LEVEL: "loud" });
    expect(ended).toMatchObject({ code: 78, stdout: "" });
    expect(ended.stderr).toMatch(/- PORT must be .*\n.*- LOG_LEVEL must be/);
  });
});

describe("bin/start", () => {
  it("says which Node.js it needs when that on the PATH is older or missing", async () => {
    const old = await pathWith("old", {
      node: '#!/bin/sh\nif [ "$1" = --version ]; then echo v18.19.0; else exit 1; fi\n',
    });
    for (const [PATH, found] of [
      [old, "v18.19.0"],
      [await pathWith("none", {}), "none"],
    ] as const) {
      const ended = await command("bin/start", [], { PATH });
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toBe(
        `Tapedeck needs Node.js 20.19 or newer (24 is recommended); on the PATH is: ${found}.\n`,
      );
    }
  });

  it("explains itself, and refuses an option it does not know", async () => {
    expect((await command("bin/start", ["--help"])).stdout).toContain("Usage: bin/start");
    const ended = await command("bin/start", ["--nonsense"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain("--nonsense");
  });
});

describe("the set-up's look for programs", () => {
  /** Runs it with nothing on the PATH but these programs and Node. */
  async function look(
    name: string,
    programs: Record<string, string>,
    env: Record<string, string> = {},
    nodeArgs: string[] = [],
  ): Promise<Ended> {
    const PATH = await pathWith(name, programs);
    await symlink(process.execPath, path.join(PATH, "node"));
    const program = path.join(import.meta.dirname, "programs/ensure-programs.mjs");
    return command(process.execPath, [...nodeArgs, program], { REDIS_URL: "", ...env, PATH });
  }
  const EMPTY = "#!/bin/sh\n";

  it("is content with FFmpeg and either Redis or Valkey", async () => {
    for (const redis of ["redis-server", "valkey-server"]) {
      const ended = await look(`with-${redis}`, { ffmpeg: EMPTY, ffprobe: EMPTY, [redis]: EMPTY });
      expect(ended).toEqual({ code: 0, stdout: "everything is there\n", stderr: "" });
    }
  });

  it("needs no Redis when the settings name one", async () => {
    const ended = await look("remote", { ffmpeg: EMPTY, ffprobe: EMPTY }, { REDIS_URL: "redis://elsewhere" });
    expect(ended).toMatchObject({ code: 0 });
  });

  it("refuses an FFmpeg of the settings that is not there", async () => {
    const ended = await look("named", { ffmpeg: EMPTY, ffprobe: EMPTY }, { FFMPEG_PATH: "/nowhere/ffmpeg" });
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr.trim()).toBe("FFMPEG_PATH is /nowhere/ffmpeg, but there is no such program.");
  });

  it("names the one command to run when it may not install what is missing", async () => {
    // Root may; anybody else may not where there is no sudo. The tests may be run by either.
    const asAnybody = ["--import", "data:text/javascript,process.getuid = () => 1000"];
    const ended = await look("bare", { "apt-get": EMPTY }, {}, asAnybody);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toContain("Tapedeck needs: ffmpeg, redis.");
    expect(ended.stderr).toContain("\n  sudo apt-get install -y ffmpeg redis-server\n");
  });

  it("installs what is missing where it may, and looks again", async () => {
    // Stands for a system's package manager, which is not ours to run in a test.
    const apk = `#!/bin/sh
      [ "$*" = "add --no-cache ffmpeg valkey" ] || exit 1
      for name in ffmpeg ffprobe valkey-server; do cp "$0" "\${0%/*}/$name"; done`;
    const sudo = '#!/bin/sh\nshift; exec "$@"\n';
    const cp = `#!/bin/sh\nexec ${findProgram("cp")} "$@"\n`;
    const ended = await look("alpine", { apk, sudo, cp });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^Installing ffmpeg, valkey with apk …\n.*\neverything is there\n$/);
  });

  it("shows how an installation failed, and the command to try by hand", async () => {
    const ended = await look("broken", {
      apk: "#!/bin/sh\necho no space left; exit 1\n",
      sudo: '#!/bin/sh\nshift; exec "$@"\n',
    });
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toMatch(/no space left\n.*apk add ffmpeg valkey/s);
  });
});
