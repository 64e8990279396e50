/** Verifies the recordings folder against the database. `bin/check` calls this; it may run beside everything else. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { AppError } from "@/lib/domain/errors";
import type { CheckContext } from "@/lib/server/check/check-context";
import { checkLibrary } from "@/lib/server/check/check-library";
import { proveRecording } from "@/lib/server/check/prove-recording";
import { repair } from "@/lib/server/check/repair";
import {
  asJson,
  EXIT,
  exitCodeOf,
  inWords,
  type Outcome,
  proofAsJson,
  proofInWords,
  summaryAsJson,
  summaryInWords,
} from "@/lib/server/check/report";
import { loadConfig } from "@/lib/server/config/load";
import { isPostgresql, openDatabase, sqliteFile } from "@/lib/server/database/client";
import { RecordingsFolder } from "@/lib/server/storage/recordings-folder";

const USAGE = `Usage: bin/check [--deep] [--repair] [--json]
       bin/check --recording ID [--json]

Compares the recordings folder with the database: what is missing, what nobody knows, what is torn, what is stuck.

  --deep          reads every file and compares its SHA-256; without it, presence and sizes are compared
  --repair        mends what can be mended and moves the rest into .quarantine in the recordings folder;
                  deletes nothing, and does not touch what is recording or compiling
  --recording ID  proves one finished recording by its manifest
  --json          JSON lines instead of words

Ends with 0 when all is well, 1 when something was found and not repaired, 2 when nothing could be checked.`;

const OPTIONS = {
  deep: { type: "boolean", default: false },
  repair: { type: "boolean", default: false },
  recording: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

class UsageError extends Error {}

process.exitCode = await main().catch((error: unknown) => {
  if (error instanceof AppError) console.error([error.message, error.detail].filter(Boolean).join("\n"));
  else console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `${(error as Error).message}`);
  return EXIT.notChecked;
});

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
    return EXIT.well;
  }
  const config = loadConfig();
  // Opening would make an empty one.
  if (!isPostgresql(config.DATABASE_URL) && !existsSync(sqliteFile(config.DATABASE_URL))) {
    throw new Error(`There is no database ${sqliteFile(config.DATABASE_URL)}.`);
  }
  const database = await openDatabase(config.DATABASE_URL);
  try {
    const context: CheckContext = { database, folder: new RecordingsFolder(config.RECORDINGS_DIR), config };
    return options.recording === undefined
      ? await check(context, options)
      : await prove(context, options.recording, options);
  } finally {
    await database.$disconnect();
  }
}

function readOptions() {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];
  try {
    ({ values } = parseArgs({ options: OPTIONS, strict: true }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.recording !== undefined && (values.deep || values.repair)) {
    throw new UsageError("--recording reads all of one recording and repairs nothing; it goes with --json only.");
  }
  return values;
}

async function check(context: CheckContext, { deep = false, repair: mend, json }: ReturnType<typeof readOptions>) {
  const report = await checkLibrary(context, { deep });
  const outcomes: Outcome[] = mend
    ? await repair(context, report.findings)
    : report.findings.map((finding) => ({ finding }));
  for (const line of json ? outcomes.map(asJson) : inWords(outcomes)) console.log(line);
  console.log(json ? summaryAsJson(report, outcomes, deep) : summaryInWords(report, outcomes, deep));
  return exitCodeOf(outcomes);
}

async function prove(context: CheckContext, id: string, { json }: ReturnType<typeof readOptions>) {
  const proof = await proveRecording(context, id);
  const outcomes = proof.findings.map((finding) => ({ finding }));
  for (const line of json ? outcomes.map(asJson) : inWords(outcomes)) console.log(line);
  console.log(json ? proofAsJson(id, proof, outcomes) : proofInWords(id, proof, outcomes));
  return exitCodeOf(outcomes);
}
