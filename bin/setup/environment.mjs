/** The environment as the processes will see it, for what must be known before there are any packages. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";

/**
 * The environment, completed from the file that ENV_FILE names or `.env` in the working folder. The environment wins; an
 * empty variable counts as not set. What is wrong with a value is said by lib/server/config, not here.
 *
 * @param {Record<string, string | undefined>} [environment]
 * @returns {Record<string, string | undefined>}
 */
export function readEnvironment(environment = process.env) {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const file = given.ENV_FILE ?? ".env";
  return { ...(existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {}), ...given };
}

/**
 * Absolute path of the folder for the database file, the private Redis and the secrets.
 *
 * @param {Record<string, string | undefined>} environment
 */
export function dataFolder(environment) {
  return path.resolve(environment.DATA_DIR ?? ".tapedeck");
}
