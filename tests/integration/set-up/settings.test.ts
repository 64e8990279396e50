/** How the settings come together: the environment, a file, what is generated; and what is said when they do not work. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readEnvironment } from "@/bin/setup/environment.mjs";
import { loadConfig } from "@/lib/server/config/load";

let folder: string;
let DATA_DIR: string;
let ENV_FILE: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-settings-"));
  DATA_DIR = path.join(folder, "data");
  ENV_FILE = path.join(folder, "settings");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("takes from the file what the environment does not say, and an empty variable says nothing", async () => {
  await writeFile(ENV_FILE, `PORT=4000\nLOG_LEVEL="warn"\n# HOST=0.0.0.0\nOIDC_NAME=File\n`);
  const environment = { DATA_DIR, ENV_FILE, PORT: "5000", LOG_LEVEL: "" };
  const found = { PORT: 5000, LOG_LEVEL: "warn", HOST: "127.0.0.1", OIDC_NAME: "File" };
  expect(loadConfig(environment)).toMatchObject(found);
  // The set-up, which has no packages yet, comes to the same.
  expect(readEnvironment(environment)).toMatchObject({ PORT: "5000", LOG_LEVEL: "warn", OIDC_NAME: "File" });
});

it("makes a secret once, that only its owner can read", async () => {
  await writeFile(ENV_FILE, "");
  const { SECRET } = loadConfig({ DATA_DIR, ENV_FILE });
  expect(SECRET.length).toBeGreaterThanOrEqual(32);
  expect(loadConfig({ DATA_DIR, ENV_FILE }).SECRET).toBe(SECRET);
  expect((await stat(path.join(DATA_DIR, "secret"))).mode & 0o777).toBe(0o600);
  expect((await stat(DATA_DIR)).mode & 0o777).toBe(0o700);
});

it("keeps everything of one installation in DATA_DIR", async () => {
  await writeFile(ENV_FILE, "");
  expect(loadConfig({ DATA_DIR, ENV_FILE }).DATABASE_URL).toBe(`file:${path.join(DATA_DIR, "tapedeck.db")}`);
});

it("names everything that is wrong at once", async () => {
  await writeFile(ENV_FILE, "RAW_RETENTION_HOURS=soon\n");
  const environment = { DATA_DIR, ENV_FILE, PORT: "70000", REDIS_URL: "http://redis", ADMIN_EMAIL: "me@example.org" };
  expect(() => loadConfig(environment)).toThrow(
    expect.objectContaining({
      name: "SettingsError",
      problems: [
        expect.stringContaining("PORT must be a whole number"),
        expect.stringContaining("REDIS_URL must be an address"),
        expect.stringContaining('RAW_RETENTION_HOURS must be a number of hours or "never"'),
        "ADMIN_EMAIL and ADMIN_PASSWORD go together",
      ],
    }),
  );
});

it("does not go on without a file that was named", () => {
  expect(() => loadConfig({ DATA_DIR, ENV_FILE })).toThrow(/ENV_FILE names .*settings, which is not there/);
});
