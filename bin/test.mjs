/** Sets up what the tests need and runs them. `bin/test` calls this with the repository as working folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { ensureBuild } from "./setup/build.mjs";
import { ensureDatabaseClients } from "./setup/database-clients.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { ensureTestPrograms } from "./setup/programs.mjs";
import { runMain, SetUpError } from "./setup/set-up-error.mjs";
import { together } from "./setup/step.mjs";
import { runTestGroup } from "./test-group.mjs";

/** @type {Record<string, { title: string, prepare?: () => Promise<void>, npm: string, report?: "vitest" | "playwright" }>} */
const GROUPS = {
  lint: { title: "Format and lint", npm: "check:lint" },
  types: { title: "Types", npm: "check:types" },
  unit: { title: "Unit tests", npm: "test:unit", report: "vitest" },
  integration: { title: "Integration and structure tests", npm: "test:integration", report: "vitest" },
  e2e: { title: "End to end", prepare: ensureBuild, npm: "test:e2e", report: "playwright" },
};

const USAGE = `Usage: bin/test [GROUP …]

Groups: ${Object.keys(GROUPS).join(", ")}. Without one: all of them.`;

await runMain(async () => {
  const names = process.argv.slice(2);
  if (names.includes("--help") || names.includes("-h")) {
    console.log(USAGE);
    return 0;
  }
  const unknown = names.find((name) => !(name in GROUPS));
  if (unknown !== undefined) throw new SetUpError(`There is no group "${unknown}".\n\n${USAGE}`);

  await together(ensureTestPrograms(), ensurePackages());
  await ensureDatabaseClients();

  const folder = mkdtempSync(path.join(tmpdir(), "tapedeck-reports-"));
  const total = { passed: 0, failed: 0 };
  /** @type {string[]} */
  const summary = [];
  /** @type {string[]} */
  const failures = [];
  for (const [name, group] of Object.entries(GROUPS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n== ${group.title} ==`);
    const startedAt = performance.now();
    const result = await runTestGroup(group, path.join(folder, `${name}.json`));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    summary.push(`${result.failed === 0 ? "passed" : "FAILED"}  ${group.title} (${seconds} s)`);
    total.passed += result.passed;
    total.failed += result.failed;
    failures.push(...result.failures);
  }
  rmSync(folder, { recursive: true, force: true });

  for (const failure of failures) console.log(`\nFAILED  ${failure}`);
  console.log(`\n${summary.join("\n")}\n(${(performance.now() / 1000).toFixed(0)} s with the set-up)`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});
