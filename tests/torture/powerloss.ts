/**
 * `npm run torture:powerloss`: every state that a power cut can leave behind during append, finish, compile, publish,
 * clean-up and delete, enumerated over a model of a disk, and recovered from. Ends with 1 when a promise was broken.
 */
import { install } from "@/tests/torture/powerloss-file-system";

// Before the product is loaded: some of it keeps what it finds in node:fs.
const uninstall = install();
const { explore } = await import("@/tests/torture/powerloss-explore");

const COLUMNS = ["operation", "instants", "states", "violations", "noticed at the end", "left for bin/check"] as const;

let failed = false;
for (const ordering of ["ordered", "unordered"] as const) {
  const startedAt = performance.now();
  const found = await explore({ ordering, tears: "every byte" });
  const rows = found.map((each) => [
    each.operation,
    ...[each.moments, each.states, each.violations, each.noticed, each.leftOver].map((n) => n.toLocaleString("en")),
  ]);
  const sum = (of: (each: (typeof found)[number]) => number) => found.reduce((total, each) => total + of(each), 0);
  rows.push([
    "all",
    ...[
      sum(({ moments }) => moments),
      sum(({ states }) => states),
      sum(({ violations }) => violations),
      sum(({ noticed }) => noticed),
      sum(({ leftOver }) => leftOver),
    ].map((n) => n.toLocaleString("en")),
  ]);
  console.log(
    ordering === "ordered"
      ? "\nA size is never durable before its bytes (ext4 as it comes, data=ordered):\n"
      : "\nA size may be durable before its bytes (data=writeback and others):\n",
  );
  console.log(table([[...COLUMNS], ...rows]));
  for (const { operation, examples } of found) for (const example of examples) console.log(`${operation}: ${example}`);
  const lost = sum(({ lostBytes }) => lostBytes);
  const duplicated = sum(({ duplicatedBytes }) => duplicatedBytes);
  const stuck = sum(({ stuck: count }) => count);
  console.log(`\n(${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  console.log(`lost ${lost} acknowledged bytes, ${duplicated} duplicated, ${stuck} recordings stuck`);
  // Where sizes come first, ends that were not acknowledged may be wrong; in order they must not be.
  const wrongEnds = ordering === "ordered" ? sum(({ noticed }) => noticed) : 0;
  failed ||= lost + duplicated + stuck + wrongEnds + sum(({ violations }) => violations) > 0;
}
uninstall();
process.exitCode = failed ? 1 : 0;

/** As Markdown, so that it can be put into the documents. */
function table(rows: string[][]): string {
  const [head, ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
  return [head, `|---|${"---:|".repeat(COLUMNS.length - 1)}`, ...body].join("\n");
}
