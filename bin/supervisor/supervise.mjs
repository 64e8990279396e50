/**
 * Runs Tapedeck's processes until a signal ends them: the private Redis, the server, the worker. Each is in a process
 * group of its own, so that Ctrl-C reaches the supervisor alone; the server and the worker hold a channel to it, and
 * end by themselves when it is gone.
 */
import { spawn } from "node:child_process";
import { EXIT_CONFIG, KeptProcess } from "./kept-process.mjs";
import { startPrivateRedis } from "./private-redis.mjs";
import { logLine } from "./supervisor-log.mjs";

/** Longest a process may take to end; the server and the worker give up by themselves a little earlier. */
const STOP_DEADLINE_MS = 15_000;

/**
 * @typedef {object} Program
 * @property {string[]} args for Node
 * @property {Record<string, string>} env on top of this process's own
 */

/**
 * @typedef {object} Plan
 * @property {string | null} redisFolder data of the private Redis; null when the settings name another
 * @property {Program} server sends `{ ready: url }` when it listens
 * @property {Program} worker sends `{ ready: true }`; is started when the server is ready for the first time
 * @property {(url: string) => void} onReady called whenever the server has come up
 */

/**
 * @param {Plan} plan
 * @returns {Promise<number>} exit code, after everything has ended
 */
export async function supervise({ redisFolder, server, worker, onReady }) {
  const redis = redisFolder === null ? null : await startPrivateRedis(redisFolder);
  /** @type {Record<string, string>} */
  const environment = redis === null ? {} : { REDIS_URL: redis.url };
  /** @type {KeptProcess[]} */
  const processes = [];
  let isStopping = false;

  /** @type {Promise<number>} */
  const reasonToStop = new Promise((stop) => {
    const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
      if (isStopping) for (const kept of [...processes, ...(redis === null ? [] : [redis.kept])]) kept.kill();
      else logLine("info", "stopping", { signal });
      isStopping = true;
      stop(0);
    };
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, onSignal);

    /** @type {(name: string, program: Program, ready: (said: string) => void) => void} */
    const keep = (name, program, ready) => {
      if (isStopping) return;
      const kept = new KeptProcess(name, () =>
        launch(program, environment, (said) => {
          kept.wasReady = true;
          ready(said);
        }),
      );
      processes.push(kept);
      // The process has said itself what is wrong with the settings.
      void kept.over.then((end) => end === "unfit" && stop(EXIT_CONFIG));
    };
    const startWorker = () => processes.length === 1 && keep("worker", worker, () => {});
    void (redis?.ready ?? Promise.resolve()).then(() =>
      keep("server", server, (url) => {
        onReady(url);
        startWorker();
      }),
    );
  });

  const code = await reasonToStop;
  isStopping = true;
  await Promise.all(processes.map((kept) => kept.stop(STOP_DEADLINE_MS)));
  // What they still had to say to it, they have said.
  await redis?.kept.stop(STOP_DEADLINE_MS);
  return code;
}

/**
 * @param {Program} program
 * @param {Record<string, string>} environment
 * @param {(url: string) => void} onReady
 */
function launch({ args, env }, environment, onReady) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
  });
  child.on("message", (message) => {
    if (typeof message === "object" && "ready" in message) onReady(String(message.ready));
  });
  return child;
}
