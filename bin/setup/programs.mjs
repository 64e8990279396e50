/** Sees to it that the programs are there which are not npm packages. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { findChromium, findPostgresql, findProgram, findRedis } from "./find-program.mjs";
import { installPrograms } from "./package-managers.mjs";
import { SetUpError } from "./set-up-error.mjs";

/**
 * FFmpeg, and a Redis unless one is named in the settings.
 *
 * @param {Record<string, string | undefined>} environment
 * @throws {SetUpError} at once when the settings name a program that is not there, else as a rejection
 */
export function ensurePrograms(environment) {
  for (const name of ["FFMPEG_PATH", "FFPROBE_PATH"]) {
    const given = environment[name];
    if (given !== undefined && findProgram(given) === null) {
      throw new SetUpError(`${name} is ${given}, but there is no such program.`);
    }
  }
  return install({
    ffmpeg: () =>
      findProgram(environment.FFMPEG_PATH ?? "ffmpeg") !== null &&
      findProgram(environment.FFPROBE_PATH ?? "ffprobe") !== null,
    redis: () => environment.REDIS_URL !== undefined || findRedis() !== null,
  });
}

/**
 * What the tests need: FFmpeg, a Redis always, a browser, a PostgreSQL server, GStreamer with its RTSP server, and what makes
 * certificates.
 *
 * @throws {SetUpError}
 */
export async function ensureTestPrograms() {
  await install({
    ffmpeg: () => findProgram("ffmpeg") !== null && findProgram("ffprobe") !== null,
    redis: () => findRedis() !== null,
    chromium: () => findChromium() !== null,
    postgresql: () => findPostgresql() !== null,
    gstreamer: hasGstreamer,
    openssl: () => findProgram("openssl") !== null,
  });
}

/** The bindings of GStreamer's RTSP server for the system's own Python, the parsers of all codecs, RTMP, and its command line. */
function hasGstreamer() {
  const has = (/** @type {string} */ name, /** @type {string} */ pattern) =>
    ["/usr/lib", "/usr/lib64"].some((root) => existsSync(root) && findFile(path.join(root, name), pattern));
  return (
    findProgram("gst-launch-1.0") !== null &&
    has("girepository-1.0", "GstRtspServer-1.0.typelib") &&
    has("gstreamer-1.0", "libgstvideoparsersbad.so")
  );
}

/**
 * In a folder, or in that of this machine's architecture beside it, as Debian has them.
 *
 * @param {string} folder
 * @param {string} name
 */
function findFile(folder, name) {
  const [root, leaf] = [path.dirname(folder), path.basename(folder)];
  const roots = readdirSync(root).filter((entry) => entry.endsWith("-linux-gnu"));
  return [folder, ...roots.map((entry) => path.join(root, entry, leaf))].some((each) =>
    existsSync(path.join(each, name)),
  );
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
