/** The documents are true: the table of settings, and every link to a file. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { settingsPage } from "@/bin/settings-table";
import { SETTINGS } from "@/lib/server/config/settings";
import { listFiles } from "@/tests/structure/source-tree";

/** Files that a Markdown text points to, without the places inside them. */
function linkedFiles(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, "");
  const targets = [
    ...[...prose.matchAll(/\]\(<?([^)\s>]+)/g)].map((match) => match[1] as string),
    ...[...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string),
  ];
  return targets.filter((target) => !/^[a-z][a-z+.-]*:|^#/.test(target)).map((target) => target.replace(/#.*$/, ""));
}

describe("docs/settings.md", () => {
  it("is what the list of settings makes of it (npm run settings)", () => {
    expect(readFileSync("docs/settings.md", "utf8")).toBe(settingsPage());
  });

  it("has a row for every setting", () => {
    for (const name of Object.keys(SETTINGS)) expect(settingsPage()).toContain(`| \`${name}\` |`);
  });
});

describe("links", () => {
  const documents = listFiles().filter((file) => file.endsWith(".md"));

  it("point to files that are there", () => {
    const broken = documents.flatMap((document) =>
      linkedFiles(readFileSync(document, "utf8"))
        .filter((target) => !existsSync(path.join(path.dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("are found in every form they are written in", () => {
    const text = '[a](a.md#part) ![b](<img/b.png>) <img src="c.png"> [d](https://d) [e](#e)\n```\n[f](f.md)\n```\n';
    expect(linkedFiles(text)).toEqual(["a.md", "img/b.png", "c.png"]);
  });
});

it(".env.example names only settings there are", () => {
  const names = [...readFileSync(".env.example", "utf8").matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(
    (match) => match[1],
  );
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !(String(name) in SETTINGS))).toEqual([]);
});

it("the dashboard for Grafana asks for metrics that there are", () => {
  const { panels } = JSON.parse(readFileSync("docs/grafana.json", "utf8")) as {
    panels: { targets?: { expr: string }[] }[];
  };
  const asked = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => [...expr.matchAll(/\b(?:tapedeck|footage|seconds)_\w+/g)].map(([name]) => name)),
  );
  const sources = listFiles()
    .filter((file) => /^(server|worker|lib\/server)\/.*\.ts$/.test(file))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const own = new Registry();
  for (const name of ["server", "worker"]) collectDefaultMetrics({ register: own, prefix: `tapedeck_${name}_` });
  const isThere = (name: string) =>
    sources.includes(`name: "${name.replace(/_bucket$/, "")}"`) || own.getSingleMetric(name) !== undefined;
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter((name) => !isThere(name))).toEqual([]);
});
