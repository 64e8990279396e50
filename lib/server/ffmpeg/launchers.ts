/**
 * Programs through which FFmpeg is started so that it is held to its limits, yields to everything else, and ends with
 * the process that started it. Linux has all of them (util-linux, coreutils); macOS has `nice` alone, and there the
 * time limit, `-fs` and the pixel limit remain.
 */
import { execa } from "execa";

/** What one run may take. */
export interface ProcessLimits {
  /** Address space. */
  memoryBytes: number;
  /** Time on the processor, all threads together. */
  cpuSeconds: number;
  /** Any one file that is written. */
  fileBytes: number;
}

/** Which of the programs are there and work. */
export interface Launchers {
  setpriv: boolean;
  prlimit: boolean;
  ionice: boolean;
  nice: boolean;
}

const MIB = 1024 ** 2;
const PROBE_LIMITS: ProcessLimits = { memoryBytes: 512 * MIB, cpuSeconds: 60, fileBytes: MIB };
/** FFmpeg has a dozen files open at most. */
const MAX_OPEN_FILES = 64;
/** Between the signal that can be understood and the one that kills. */
const CPU_GRACE_SECONDS = 5;

let found: Promise<Launchers> | null = null;

/** Tries each program once in the life of the process. */
export function findLaunchers(): Promise<Launchers> {
  found ??= (async () => {
    const [setpriv, prlimit, ionice, nice] = await Promise.all(
      (["setpriv", "prlimit", "ionice", "nice"] as const).map((name) =>
        works(launchArgs({ setpriv: false, prlimit: false, ionice: false, nice: false, [name]: true }, PROBE_LIMITS)),
      ),
    );
    return { setpriv, prlimit, ionice, nice } as Launchers;
  })();
  return found;
}

async function works([program, ...args]: string[]): Promise<boolean> {
  const { failed } = await execa(program as string, [...args, "true"], {
    reject: false,
    stdio: "ignore",
    timeout: 5000,
  });
  return !failed;
}

/** The words before the program and its own arguments. Each program replaces itself by the next: one process in all. */
export function launchArgs(launchers: Launchers, { memoryBytes, cpuSeconds, fileBytes }: ProcessLimits): string[] {
  return [
    ...(launchers.nice ? ["nice", "-n", "10"] : []),
    ...(launchers.ionice ? ["ionice", "-t", "-c", "3"] : []),
    ...(launchers.setpriv ? ["setpriv", "--pdeathsig", "KILL"] : []),
    ...(launchers.prlimit
      ? [
          ...["prlimit", `--as=${memoryBytes}`, `--cpu=${cpuSeconds}:${cpuSeconds + CPU_GRACE_SECONDS}`],
          ...[`--fsize=${fileBytes}`, `--nofile=${MAX_OPEN_FILES}`, "--core=0", "--"],
        ]
      : []),
  ];
}
