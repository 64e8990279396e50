/** The systems' package managers: what each calls the programs Tapedeck needs, and how it installs them unasked. */
import { findProgram } from "./find-program.mjs";
import { runCommand } from "./run-command.mjs";
import { SetUpError } from "./set-up-error.mjs";
import { told } from "./step.mjs";

/** @typedef {"ffmpeg" | "redis" | "compiler" | "chromium" | "postgresql" | "gstreamer" | "openssl"} Need */

/**
 * @typedef {object} PackageManager
 * @property {string} program
 * @property {boolean} asRoot whether it must be run as root
 * @property {(packages: string[]) => string} command what a user would type, without sudo
 * @property {(packages: string[], besides: string[]) => string} script shell script that installs without asking
 * @property {Partial<Record<Need, string[]>>} packages
 * @property {Partial<Record<Need, string[]>>} [besides] what is taken along where the package list has it, and not missed elsewhere
 */

/**
 * Installs without starting what comes with a service: Tapedeck runs a Redis of its own and its tests a PostgreSQL.
 * `policy-rc.d` is how Debian asks whether a package may start a service; one that is there already is left alone.
 * On an outdated or missing package list the first attempt fails fast.
 *
 * @param {string[]} packages
 * @param {string[]} besides
 */
function aptScript(packages, besides) {
  const known = besides.map((name) => `$(apt-cache pkgnames ${name} | grep -x ${name})`);
  const install = `apt-get install -y --no-install-recommends ${[...packages, ...known].join(" ")}`;
  return `
    export DEBIAN_FRONTEND=noninteractive
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      trap 'exit 1' HUP INT TERM
      printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy" || exit 1
    fi
    ${install} || { apt-get update && ${install}; }`;
}

/** @type {PackageManager[]} */
export const PACKAGE_MANAGERS = [
  {
    program: "apt-get",
    asRoot: true,
    command: (packages) => `apt-get install -y ${packages.join(" ")}`,
    script: aptScript,
    besides: { chromium: ["chromium-headless-shell"] },
    packages: {
      ffmpeg: ["ffmpeg"],
      redis: ["redis-server"],
      compiler: ["g++", "make", "python3"],
      chromium: ["chromium", "fonts-liberation"],
      postgresql: ["postgresql"],
      openssl: ["openssl"],
      gstreamer: [
        "python3-gi",
        "gir1.2-gst-rtsp-server-1.0",
        "gstreamer1.0-tools",
        "gstreamer1.0-plugins-base",
        "gstreamer1.0-plugins-good",
        "gstreamer1.0-plugins-bad",
      ],
    },
  },
  {
    program: "apk",
    asRoot: true,
    command: (packages) => `apk add ${packages.join(" ")}`,
    script: (packages) => `apk add --no-cache ${packages.join(" ")}`,
    packages: {
      ffmpeg: ["ffmpeg"],
      redis: ["valkey"],
      compiler: ["g++", "make", "python3"],
      chromium: ["chromium", "font-liberation"],
      postgresql: ["postgresql"],
      openssl: ["openssl"],
    },
  },
  {
    program: "dnf",
    asRoot: true,
    command: (packages) => `dnf install -y ${packages.join(" ")}`,
    script: (packages) => `dnf install -y ${packages.join(" ")}`,
    packages: {
      ffmpeg: ["ffmpeg"],
      redis: ["valkey"],
      compiler: ["gcc-c++", "make", "python3"],
      chromium: ["chromium", "liberation-fonts"],
      postgresql: ["postgresql-server"],
      openssl: ["openssl"],
    },
  },
  {
    program: "pacman",
    asRoot: true,
    command: (packages) => `pacman -S ${packages.join(" ")}`,
    script: (packages) => `pacman -S --noconfirm --needed ${packages.join(" ")}`,
    packages: {
      ffmpeg: ["ffmpeg"],
      redis: ["valkey"],
      compiler: ["gcc", "make", "python"],
      chromium: ["chromium", "ttf-liberation"],
      postgresql: ["postgresql"],
      openssl: ["openssl"],
    },
  },
  {
    program: "brew",
    asRoot: false,
    command: (packages) => `brew install ${packages.join(" ")}`,
    script: (packages) => `HOMEBREW_NO_AUTO_UPDATE=1 brew install ${packages.join(" ")}`,
    packages: {
      ffmpeg: ["ffmpeg"],
      redis: ["redis"],
      chromium: ["google-chrome"],
      postgresql: ["postgresql@17"],
      openssl: ["openssl"],
    },
  },
];

/** A package manager locks its lists: one that is asked while it works fails. */
let previous = Promise.resolve();

/**
 * Installs programs through the system's package manager, when it may without asking; one call after the other.
 *
 * @param {Need[]} needs
 * @throws {SetUpError} naming the one command to run, when it may not or fails
 */
export function installPrograms(needs) {
  const installed = previous.then(() => install(needs));
  previous = installed.catch(() => undefined);
  return installed;
}

/** @param {Need[]} needs */
async function install(needs) {
  const manager = PACKAGE_MANAGERS.find(({ program }) => findProgram(program) !== null);
  if (manager === undefined || needs.some((need) => manager.packages[need] === undefined)) {
    throw new SetUpError(`Tapedeck needs: ${needs.join(", ")}. Please install this and run the same command again.`);
  }
  const packages = needs.flatMap((need) => manager.packages[need] ?? []);
  const besides = needs.flatMap((need) => manager.besides?.[need] ?? []);
  const isRoot = process.getuid?.() === 0;
  const byHand = `${manager.asRoot && !isRoot ? "sudo " : ""}${manager.command(packages)}`;
  const prefix = await prefixFor(manager, isRoot);
  if (prefix === null) {
    throw new SetUpError(
      `Tapedeck needs: ${needs.join(", ")}. Please run this, then the same command again:\n\n  ${byHand}`,
    );
  }
  await told(`Installing ${packages.join(", ")} with ${manager.program}`, async () => {
    const [command, ...args] = [...prefix, "sh", "-c", manager.script(packages, besides)];
    const { ok, lastLines } = await runCommand(/** @type {string} */ (command), args);
    if (!ok) {
      throw new SetUpError(`${lastLines}\n\nThis could not be installed. Please run it by hand:\n\n  ${byHand}`);
    }
  });
}

/**
 * What goes before the command so that nobody is asked anything; null when that cannot be.
 *
 * @param {PackageManager} manager
 * @param {boolean} isRoot
 */
async function prefixFor(manager, isRoot) {
  if (!manager.asRoot || isRoot) return [];
  if (findProgram("sudo") !== null && (await runCommand("sudo", ["-n", "true"])).ok) return ["sudo", "-n"];
  return null;
}
