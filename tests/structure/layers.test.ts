/** The boundaries between the layers hold, nothing is imported in a circle, and the rules would notice if not. */
import { describe, expect, it } from "vitest";
import { findCircles, findProgramStarts, findViolations } from "@/tests/structure/layers";
import { importsOf, readSources } from "@/tests/structure/source-tree";

describe("the project", () => {
  const sources = readSources();
  const imports = importsOf(sources);

  it("imports only along its layers", () => {
    expect(findViolations(imports)).toEqual([]);
  });

  it("starts programs in the worker alone", () => {
    expect(findProgramStarts(imports)).toEqual([]);
  });

  it("has no circle of imports", () => {
    expect(findCircles(imports)).toEqual([]);
  });

  it("imports no file that is not there", () => {
    const missing = imports
      .filter(({ isPackage, to }) => !isPackage && !sources.has(to))
      // Generated from prisma/schema.prisma, and what is no code.
      .filter(({ to }) => !to.startsWith("lib/server/database/generated/") && !/\.(css|json|woff2|svg|png)$/.test(to));
    expect(missing).toEqual([]);
  });
});

describe("the rule of the layers", () => {
  const violations = (files: Record<string, string>) => findViolations(importsOf(new Map(Object.entries(files))));

  it("lets a layer import from itself and from those below", () => {
    expect(
      violations({
        "lib/domain/a.ts": 'import { b } from "@/lib/domain/b";',
        "lib/domain/b.ts": 'import { z } from "zod"; export const b = z;',
        "lib/server/c.ts": 'import fs from "node:fs"; import { b } from "../domain/b";',
        "app/page.tsx": 'import { c } from "@/lib/server/c"; import { button } from "@/components/button";',
        "components/button.tsx": 'import { useState } from "react";',
        "tests/all.ts": 'import "@/server/index"; import "@/worker/index";',
      }),
    ).toEqual([]);
  });

  it.each([
    ["a lower layer a higher one", "lib/domain/a.ts", "@/lib/server/x", "lib/server/x.ts"],
    ["the browser's code the server's", "lib/client/a.ts", "@/lib/server/x", "lib/server/x.ts"],
    ["a component the server's code", "components/a.tsx", "@/lib/server/x", "lib/server/x.ts"],
    ["the server the worker", "server/a.ts", "@/worker/x", "worker/x.ts"],
    ["the worker the server, by a relative path", "worker/a.ts", "../server/x", "server/x.ts"],
    ["a layer the tests", "server/a.ts", "@/tests/x", "tests/x.ts"],
  ])("notices when %s imports", (_name, from, specifier, to) => {
    for (const statement of [
      `import { x } from "${specifier}";`,
      `import type { X } from "${specifier}";`,
      `export * from "${specifier}";`,
      `const x = await import("${specifier}");`,
      `let x: import("${specifier}").X;`,
    ]) {
      const found = violations({ [from]: statement, [to]: "export const x = 1;" });
      expect(found, statement).toHaveLength(1);
      expect(found[0]).toContain(`${from} must not import ${to}`);
    }
  });

  it.each([
    ["lib/media/a.ts", "node:fs"],
    ["lib/client/a.ts", "react"],
    ["components/a.tsx", "node:path"],
  ])("notices that %s imports the package %s", (from, specifier) => {
    expect(violations({ [from]: `import x from "${specifier}";` })).toHaveLength(1);
  });

  it("is not misled by comments and strings", () => {
    expect(violations({ "lib/domain/a.ts": '// import "@/server/x"\nconst text = `import "@/server/x"`;' })).toEqual(
      [],
    );
  });
});

describe("the search for what starts programs", () => {
  const starts = (files: Record<string, string>) => findProgramStarts(importsOf(new Map(Object.entries(files))));
  const runner = { "lib/server/run.ts": 'import { execa } from "execa"; export const run = execa;' };

  it("follows every way, and leaves the worker alone", () => {
    const way = { "server/a.ts": 'import "@/lib/server/b";', "lib/server/b.ts": 'import { run } from "./run";' };
    expect(starts({ ...runner, ...way })).toEqual(["server/a.ts → lib/server/b.ts → lib/server/run.ts → execa"]);
    expect(starts({ "app/page.tsx": 'const { spawn } = await import("node:child_process");' })).toHaveLength(1);
    expect(starts({ ...runner, "worker/a.ts": 'import { run } from "@/lib/server/run";' })).toEqual([]);
    expect(starts({ ...runner, "server/a.ts": 'import type { run } from "@/lib/server/run";' })).toEqual([]);
  });
});

describe("the search for circles", () => {
  const circles = (files: Record<string, string>) => findCircles(importsOf(new Map(Object.entries(files))));

  it("finds each once, of two files and of more, also of types alone", () => {
    expect(circles({ "a.ts": 'import "./b";', "b.ts": 'import type { A } from "./a";' })).toEqual([
      "a.ts → b.ts → a.ts",
    ]);
    expect(circles({ "a.ts": 'import "./b";', "b.ts": 'import "./c";', "c.ts": 'import "./a";' })).toHaveLength(1);
  });

  it("takes two ways to the same file for none", () => {
    expect(
      circles({ "a.ts": 'import "./b"; import "./c";', "b.ts": 'import "./d";', "c.ts": 'import "./d";', "d.ts": "" }),
    ).toEqual([]);
  });
});
