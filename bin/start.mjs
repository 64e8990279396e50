/** Sets Tapedeck up where needed, and runs it. `bin/start` calls this with the repository as working folder. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { ensureBuild } from "./setup/build.mjs";
import { ensureDatabaseClients } from "./setup/database-clients.mjs";
import { dataFolder, readEnvironment } from "./setup/environment.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { ensurePrograms } from "./setup/programs.mjs";
import { runMain, SetUpError } from "./setup/set-up-error.mjs";
import { together } from "./setup/step.mjs";
import { takeLock } from "./supervisor/lock.mjs";
import { supervise } from "./supervisor/supervise.mjs";

const USAGE = `Usage: bin/start [--dev | --prepare]

Installs what is missing, builds what has changed, and runs Tapedeck until Ctrl-C.

  --dev      run from the sources, with Next in development mode
  --prepare  only install and build`;

await runMain(async () => {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const environment = readEnvironment();
  const folder = dataFolder(environment);
  if (!options.prepare) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    takeLock(path.join(folder, "supervisor.lock"));
  }
  await together(ensurePrograms(environment), ensurePackages());
  await ensureDatabaseClients();
  if (!options.dev) await ensureBuild();
  if (options.prepare) return 0;
  let isFirst = true;
  return supervise({
    redisFolder: environment.REDIS_URL === undefined ? path.join(folder, "redis") : null,
    ...programs(options.dev),
    onReady(url) {
      const duration = isFirst ? ` after ${(performance.now() / 1000).toFixed(1)} s` : " again";
      isFirst = false;
      console.log(`\n  Tapedeck is ready${duration}: ${url}\n`);
    },
  });
});

/** @param {boolean} isDev */
function programs(isDev) {
  const env = { NODE_ENV: isDev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" };
  const args = (/** @type {string} */ name) =>
    isDev ? ["--import", "tsx", `${name}/index.ts`] : ["--enable-source-maps", `dist/${name}.mjs`];
  return {
    // Each append and sync takes a thread of libuv's pool, which has four unless told otherwise.
    server: { args: args("server"), env: { UV_THREADPOOL_SIZE: "16", ...env } },
    worker: { args: args("worker"), env },
  };
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { dev: { type: "boolean" }, prepare: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    return { dev: values.dev ?? false, prepare: values.prepare ?? false, help: values.help ?? false };
  } catch (error) {
    throw new SetUpError(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
  }
}
