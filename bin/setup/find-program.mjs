/** Where the programs are that Tapedeck and its tests run. */
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * @param {string} name a program's name, or a path to it
 * @returns {string | null} the path of the first that can be executed; null when there is none
 */
export function findProgram(name) {
  const folders = name.includes(path.sep) ? [""] : (process.env.PATH ?? "").split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find(isExecutable) ?? null;
}

/** @returns {string | null} path of a Redis, or of Valkey, which is its free continuation */
export function findRedis() {
  return findProgram("redis-server") ?? findProgram("valkey-server");
}

/** @returns {string | null} path of a Chromium; CHROMIUM_PATH goes first */
export function findChromium() {
  const names = [
    ...(process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH] : []),
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ];
  return names.map(findProgram).find((found) => found !== null) ?? null;
}

/** @returns {string | null} path of a Chromium without windows, which draws no frame of a browser around its pages, or of any */
export function findChromiumShell() {
  return process.env.CHROMIUM_PATH ? findChromium() : (findProgram("chromium-headless-shell") ?? findChromium());
}

/** Where Debian keeps the programs of a PostgreSQL server, which are not on the PATH there: a folder for each version. */
const DEBIAN_POSTGRESQL = "/usr/lib/postgresql";
/** Where Homebrew does, on Apple's and on Intel's processors. */
const HOMEBREW_POSTGRESQL = ["/opt/homebrew/opt/postgresql@17/bin", "/usr/local/opt/postgresql@17/bin"];

/** @returns {string | null} folder with `initdb` and `postgres` */
export function findPostgresql() {
  const onPath = findProgram("initdb");
  const versions = existsSync(DEBIAN_POSTGRESQL) ? readdirSync(DEBIAN_POSTGRESQL) : [];
  const folders = [
    ...versions.map((version) => path.join(DEBIAN_POSTGRESQL, version, "bin")),
    ...HOMEBREW_POSTGRESQL,
    ...(onPath === null ? [] : [path.dirname(onPath)]),
  ];
  const isServer = (/** @type {string} */ folder) =>
    ["initdb", "postgres"].every((name) => isExecutable(path.join(folder, name)));
  return folders.find(isServer) ?? null;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
