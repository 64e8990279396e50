/** Sees to it that the programs are there which are not npm packages. */
import { findChromium, findPostgresql, findProgram, findRedis } from "./find-program.mjs";
import { installPrograms } from "./package-managers.mjs";
import { SetUpError } from "./set-up-error.mjs";

/**
 * FFmpeg, and a Redis unless one is named in the settings.
 *
 * @param {Record<string, string | undefined>} environment
 * @throws {SetUpError}
 */
export async function ensurePrograms(environment) {
  for (const name of ["FFMPEG_PATH", "FFPROBE_PATH"]) {
    const given = environment[name];
    if (given !== undefined && findProgram(given) === null) {
      throw new SetUpError(`${name} is ${given}, but there is no such program.`);
    }
  }
  await install({
    ffmpeg: () =>
      findProgram(environment.FFMPEG_PATH ?? "ffmpeg") !== null &&
      findProgram(environment.FFPROBE_PATH ?? "ffprobe") !== null,
    redis: () => environment.REDIS_URL !== undefined || findRedis() !== null,
  });
}

/**
 * What the tests need besides: a Redis always, a browser, and a PostgreSQL server.
 *
 * @throws {SetUpError}
 */
export async function ensureTestPrograms() {
  await install({
    redis: () => findRedis() !== null,
    chromium: () => findChromium() !== null,
    postgresql: () => findPostgresql() !== null,
  });
}

/**
 * Installs what is missing, and looks again.
 *
 * @param {Partial<Record<import("./package-managers.mjs").Need, () => boolean>>} isThere
 */
async function install(isThere) {
  const missing = () =>
    /** @type {[import("./package-managers.mjs").Need, () => boolean][]} */ (Object.entries(isThere))
      .filter(([, look]) => !look())
      .map(([need]) => need);
  const needs = missing();
  if (needs.length === 0) return;
  await installPrograms(needs);
  const still = missing();
  if (still.length > 0) throw new SetUpError(`${still.join(" and ")} was installed but cannot be found on the PATH.`);
}
