/** The npm packages, as package-lock.json names them. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { findProgram } from "./find-program.mjs";
import { installPrograms } from "./package-managers.mjs";
import { runCommand } from "./run-command.mjs";
import { ensure } from "./step.mjs";

/** @throws {import("./set-up-error.mjs").SetUpError} with npm's last lines */
export async function ensurePackages() {
  await ensure({
    title: "Installing npm packages",
    inputs: ["package-lock.json"],
    // Native modules fit one version of Node's interface on one kind of machine.
    facts: [wanted(), process.versions.modules, process.platform, process.arch],
    stamp: "node_modules/.tapedeck-stamp",
    outputs: ["node_modules"],
    run: install,
    advice:
      "It needs the npm registry and, where there is no prebuilt SQLite module, python3, make and a C++ compiler.",
  });
}

/** What package.json says of packages; a change of its scripts is none of these. */
function wanted() {
  const { dependencies, devDependencies, overrides, allowScripts } = JSON.parse(readFileSync("package.json", "utf8"));
  return JSON.stringify({ dependencies, devDependencies, overrides, allowScripts });
}

/** `npm ci`, and once more with a compiler when it failed without one. */
async function install() {
  const result = await npmCi();
  if (result.ok || ["g++", "make", "python3"].every((name) => findProgram(name) !== null)) return result;
  await installPrograms(["compiler"]);
  return npmCi();
}

function npmCi() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return runCommand("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    // Under "production" npm leaves out what building needs.
    NODE_ENV: "development",
    // Compiling SQLite takes half the time so.
    CFLAGS: process.env.CFLAGS ?? "-O1 -g0",
    // node-gyp compiles one file at a time unless told otherwise.
    JOBS: process.env.JOBS ?? "max",
    // node-gyp would download the headers that may be here.
    ...(existsSync(path.join(prefix, "include/node/node.h")) ? { npm_config_nodedir: prefix } : {}),
  });
}
