/** Reads the settings once: the environment, then a file, then the secrets that the first start generated. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { parseSettings, type Settings, SettingsError } from "@/lib/server/config/settings";

/** The settings, with what can only be known at the start filled in. */
export interface Config extends Settings {
  /** Version of this Tapedeck, from package.json. */
  version: string;
}

/**
 * Settings from the environment, completed from the file that ENV_FILE names or `.env` in the working folder; the
 * environment wins.
 * Generates the secret on the first start (mode 600), and fills in DATABASE_URL.
 *
 * @throws {SettingsError} with every problem
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env): Config {
  const given = dropEmpty(environment);
  const settings = parseSettings({ ...readSettingsFile(given.ENV_FILE), ...given });
  return {
    ...settings,
    DATABASE_URL: settings.DATABASE_URL || `file:${path.join(settings.DATA_DIR, "tapedeck.db")}`,
    SECRET: settings.SECRET || keptSecret(settings.DATA_DIR),
    version: JSON.parse(readFileSync("package.json", "utf8")).version,
  };
}

/** @throws {SettingsError} when a file was named and is not there */
function readSettingsFile(named: string | undefined): NodeJS.Dict<string> {
  const file = named ?? ".env";
  if (existsSync(file)) return parseEnv(readFileSync(file, "utf8"));
  if (named === undefined) return {};
  throw new SettingsError([`ENV_FILE names ${named}, which is not there`]);
}

function dropEmpty(environment: Record<string, string | undefined>) {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""));
}

/** The generated secret. `wx` makes the first of several processes win; the others read what it wrote. */
function keptSecret(dataDir: string): string {
  const file = path.join(dataDir, "secret");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  chmodSync(file, 0o600);
  return readFileSync(file, "utf8").trim();
}
