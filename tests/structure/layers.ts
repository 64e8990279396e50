/** The layers of the code: which folder may import from which, and which packages are not for it. */
import type { Import } from "@/tests/structure/source-tree";

interface Layer {
  /** Layers it may import from, besides itself. */
  from: string[];
  /** Packages it must not know, with the reason. */
  not: [pattern: RegExp, reason: string][];
}

const NODE: [RegExp, string] = [/^node:/, "it must also run where there is no Node"];
const REACT: [RegExp, string] = [/^(react|react-dom|next)($|\/)/, "it is no page"];
/** As docs/architecture.md draws them. What is not listed (bin, tests, configuration) may import everything. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "lib/domain": { from: [], not: [NODE, REACT] },
  "lib/media": { from: ["lib/domain"], not: [NODE, REACT] },
  "lib/protocol": { from: ["lib/domain", "lib/media"], not: [NODE, REACT] },
  "lib/server": { from: ["lib/domain", "lib/media", "lib/protocol"], not: [] },
  "lib/client": { from: ["lib/domain", "lib/media", "lib/protocol"], not: [NODE, REACT] },
  server: { from: ["lib/domain", "lib/media", "lib/protocol", "lib/server"], not: [] },
  worker: { from: ["lib/domain", "lib/media", "lib/protocol", "lib/server"], not: [] },
  components: { from: ["lib/domain", "lib/media", "lib/protocol", "lib/client"], not: [NODE] },
  app: {
    from: ["lib/domain", "lib/media", "lib/protocol", "lib/server", "lib/client", "components"],
    not: [],
  },
};

/** @returns a sentence for each import that a layer may not make; tests may use what supports tests */
export function findViolations(imports: Import[]): string[] {
  return imports.flatMap((found) => {
    const name = layerOf(found.from);
    if (name === null) return [];
    const reason = whyNot(name, found);
    return reason === null ? [] : [`${found.from} must not import ${found.to}: ${reason}`];
  });
}

function whyNot(name: string, { from, to, isPackage }: Import): string | null {
  const layer = LAYERS[name] as Layer;
  const isTest = /\.test\.tsx?$/.test(from);
  if (isPackage) {
    if (isTest) return null;
    return layer.not.find(([pattern]) => pattern.test(to))?.[1] ?? null;
  }
  const other = layerOf(to);
  if (other === name || (other !== null && layer.from.includes(other))) return null;
  if (isTest && to.startsWith("tests/")) return null;
  if (to === "package.json") return null;
  return `${name} may import from ${["itself", ...layer.from].join(", ")} only`;
}

function layerOf(file: string): string | null {
  return Object.keys(LAYERS).find((name) => file.startsWith(`${name}/`)) ?? null;
}

/** @returns each circle of imports once, as the files on it; types count, for what needs each other belongs together */
export function findCircles(imports: Import[]): string[] {
  const graph = graphOf(imports.filter(({ isPackage }) => !isPackage));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) circles.push([...trail.slice(at), file].join(" → "));
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}

/** Packages that start programs; FFmpeg is one. */
const STARTS_PROGRAMS = /^(node:)?child_process$|^execa$/;

/**
 * The server and the pages run no program, by whatever way they would come to it; only the worker does.
 *
 * @returns the chain of imports by which each file of theirs reaches a package that starts programs
 */
export function findProgramStarts(imports: Import[]): string[] {
  const graph = graphOf(imports.filter(({ isTypeOnly }) => !isTypeOnly));
  const seen = new Set<string>();
  const follow = (file: string, trail: string[]): string[] => {
    if (STARTS_PROGRAMS.test(file)) return [[...trail, file].join(" → ")];
    if (seen.has(file)) return [];
    seen.add(file);
    return (graph.get(file) ?? []).flatMap((next) => follow(next, [...trail, file]));
  };
  return [...graph.keys()]
    .filter((file) => /^(server|app|components)\//.test(file) && !/\.test\.tsx?$/.test(file))
    .flatMap((file) => follow(file, []));
}

function graphOf(imports: Import[]): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
  return graph;
}
