/**
 * The Redis that Tapedeck runs for itself: on loopback, with a password, keeping its data in the data folder
 * (append-only file, synced every second; nothing is ever evicted, for the queue must not lose jobs).
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { findRedis } from "../setup/find-program.mjs";
import { SetUpError } from "../setup/set-up-error.mjs";
import { askRedis } from "./ask-redis.mjs";
import { KeptProcess } from "./kept-process.mjs";
import { logLine } from "./supervisor-log.mjs";

/** Of its output, kept for when it dies. */
const LAST_LINES = 20;
/** Longest wait for a Redis to answer, and for one to write everything and end. */
const ANSWER_MS = 2000;
const SHUTDOWN_MS = 15_000;

/** @typedef {{ port: number, password: string }} Connection */

/**
 * Starts it, on the port of the last time unless that is taken.
 *
 * @param {string} folder where its data and its connection are kept
 * @returns {Promise<{ kept: KeptProcess, url: string, ready: Promise<void> }>} `ready` once it answers; never when it cannot start
 */
export async function startPrivateRedis(folder) {
  const program = findRedis();
  if (program === null) throw new SetUpError("There is no redis-server and no valkey-server on the PATH.");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const connection = await settleConnection(path.join(folder, "connection.json"));
  /** @type {() => void} */
  let announce = () => {};
  /** @type {Promise<void>} */
  const ready = new Promise((resolve) => {
    announce = resolve;
  });
  const kept = new KeptProcess("redis", () => launch(program, folder, connection, announce));
  return { kept, url: `redis://:${connection.password}@127.0.0.1:${connection.port}`, ready };
}

/**
 * @param {string} program
 * @param {string} folder
 * @param {Connection} connection
 * @param {() => void} onReady
 */
function launch(program, folder, connection, onReady) {
  // Settings come over standard input, so that the password is in no list of processes.
  const child = spawn(program, ["-"], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  child.stdin.on("error", () => {});
  child.stdin.end(configuration(folder, connection));
  let output = "";
  const take = (/** @type {string} */ text) => {
    output = `${output}${text}`.split("\n").slice(-LAST_LINES).join("\n");
    if (output.includes("Ready to accept connections")) onReady();
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  child.once("close", (code) => {
    if (code !== 0) logLine("error", "redis failed", { output });
  });
  return child;
}

/**
 * @param {string} folder
 * @param {Connection} connection
 */
function configuration(folder, { port, password }) {
  return `
    bind 127.0.0.1
    port ${port}
    requirepass ${password}
    dir ${JSON.stringify(path.resolve(folder))}
    appendonly yes
    appendfsync everysec
    save ""
    maxmemory-policy noeviction
    daemonize no
    loglevel notice
  `;
}

/**
 * Port and password, made at the first start and kept. A Redis that a killed supervisor left behind is ended: it is ours
 * when it takes our password.
 *
 * @param {string} file
 * @returns {Promise<Connection>}
 */
async function settleConnection(file) {
  const kept = readConnection(file);
  if (kept !== null) {
    if (await endOrphan(kept)) logLine("info", "ended the redis of an earlier start", { port: kept.port });
    if (await isFree(kept.port)) return kept;
  }
  // A new password too: the old one has been shown to whoever has the port now.
  const connection = { port: await freePort(), password: randomBytes(32).toString("hex") };
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  chmodSync(file, 0o600);
  return connection;
}

/**
 * @param {Connection} connection
 * @returns {Promise<boolean>} whether there was one
 */
async function endOrphan(connection) {
  const answer = await askRedis(connection, "PING", ANSWER_MS);
  // A Redis without a password answers as well, but not with OK to the password.
  if (!answer.startsWith("+OK\r\n+PONG")) return false;
  // There is no answer to this one: the connection is closed when it has written everything and ends.
  await askRedis(connection, "SHUTDOWN", SHUTDOWN_MS);
  return true;
}

/**
 * @param {string} file
 * @returns {Connection | null}
 */
function readConnection(file) {
  try {
    const { port, password } = JSON.parse(readFileSync(file, "utf8"));
    return Number.isInteger(port) && typeof password === "string" ? { port, password } : null;
  } catch {
    return null;
  }
}

/** @param {number} port */
async function isFree(port) {
  return (await listen(port)) !== null;
}

async function freePort() {
  return /** @type {number} */ (await listen(0));
}

/**
 * Listens for a moment.
 *
 * @param {number} port
 * @returns {Promise<number | null>} the port; null when it is taken
 */
function listen(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(address.port));
    });
  });
}
