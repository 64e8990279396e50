/** Runs each operation once, then recovers from everything a power cut at any instant of it can leave behind. */
import { type CrashOptions, keyOfTree } from "@/tests/torture/powerloss-disk";
import type { Sync } from "@/tests/torture/powerloss-file-system";
import { SCENARIOS, type Scenario } from "@/tests/torture/powerloss-scenarios";
import { judge } from "@/tests/torture/powerloss-verdict";
import { World } from "@/tests/torture/powerloss-world";

export interface Exploration {
  operation: string;
  /** Instants: after every call that changes the disk, every commit and every acknowledgement. */
  moments: number;
  /** Distinct states of disk and rows. */
  states: number;
  violations: number;
  lostBytes: number;
  duplicatedBytes: number;
  stuck: number;
  noticed: number;
  leftOver: number;
  /** The first violations, with the instant. */
  examples: string[];
}

export interface ExploreOptions extends CrashOptions {
  without?: Sync;
  /** Names of scenarios; all of them when not given. */
  only?: readonly string[];
}

const EXAMPLES = 3;

export async function explore(options: ExploreOptions): Promise<Exploration[]> {
  const world = await World.open();
  try {
    const found: Exploration[] = [];
    for (const scenario of SCENARIOS) {
      if (options.only?.includes(scenario.name) ?? true) found.push(await exploreOne(world, scenario, options));
    }
    return found;
  } finally {
    await world.dispose();
  }
}

async function exploreOne(world: World, scenario: Scenario, options: ExploreOptions): Promise<Exploration> {
  await world.reset();
  await scenario.before?.(world);
  await world.noteRows();
  world.record({ ...scenario.faults, ...(options.without === undefined ? {} : { without: options.without }) });
  await scenario.run(world);
  const moments = [...world.moments];
  const { folder, config } = world.services;
  const found: Exploration = {
    operation: scenario.name,
    moments: moments.length,
    states: 0,
    violations: 0,
    lostBytes: 0,
    duplicatedBytes: 0,
    stuck: 0,
    noticed: 0,
    leftOver: 0,
    examples: [],
  };
  const seen = new Set<string>();
  for (const [index, { after, disk, facts }] of moments.entries()) {
    const factsKey = JSON.stringify(facts, (_, value) => (typeof value === "bigint" ? String(value) : value));
    for (const tree of disk.crashStates(options)) {
      const key = `${factsKey} ${keyOfTree(tree)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const verdict = await judge(tree, facts, folder, config);
      found.states += 1;
      found.lostBytes += verdict.lostBytes;
      found.duplicatedBytes += verdict.duplicatedBytes;
      found.stuck += verdict.stuck;
      if (verdict.noticed > 0) found.noticed += 1;
      if (verdict.leftOver > 0) found.leftOver += 1;
      if (verdict.broken.length === 0) continue;
      found.violations += 1;
      if (found.examples.length < EXAMPLES) {
        found.examples.push(`moment ${index} (after: ${after}): ${verdict.broken.join("; ")} [${keyOfTree(tree)}]`);
      }
    }
  }
  return found;
}
