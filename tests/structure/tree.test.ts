/** What holds for every file of the project. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listFiles } from "@/tests/structure/source-tree";

/** The stand-in for Prisma's engine keeps its own form; a test beside its code says by its names what it is for. */
const WITHOUT_COMMENT = /^prisma\/schema-engine\.mjs$|^(?!tests\/).*\.test\.tsx?$/;

const files = listFiles();
const texts = files.filter((file) =>
  /\.(ts|tsx|mjs|sh|css|md|yaml|json|prisma)$|^(bin|\.ci)\/[^.]+$|^[^/.]+$/.test(file),
);
const read = (file: string) => readFileSync(file, "utf8");

/** A comment comes first, or right after what must stand before it. */
function opensWithComment(text: string): boolean {
  const start = text.replace(/^#!.*\n/, "").replace(/^"use (client|server)";\n+/, "");
  return /^(\/\*\*?\s*\n?\s*\*?\s*\S|\/\/ \S|# \S)/.test(start);
}

/** Places on somebody's machine. Written in pieces, so that this file is not one of those it finds. */
const MACHINE_PATH = new RegExp(
  `(?<![\\w.:/-])/(${["work(?![\\w-])", "home/\\w", "Users/\\w", "root/", "tmp/bash"].join("|")})`,
);
const LEFT_OUT = new RegExp(`\\b(it|test|describe)(\\.\\w+)*\\.(${["skip", "only", "todo", "fixme"].join("|")})\\b`);

describe("every file", () => {
  it("opens with a comment that says what it is for", () => {
    const sources = files.filter(
      (file) => /\.(ts|tsx|mjs|css|sh)$|^(bin|\.ci)\/[^.]+$/.test(file) && !WITHOUT_COMMENT.test(file),
    );
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((file) => !opensWithComment(read(file)))).toEqual([]);
  });

  it("is named in kebab-case, after one thing", () => {
    const named = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file));
    const isNamed = (file: string) =>
      file.split("/").every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z-]+)*$|^[([]\S+[)\]]$|^\.\w+$/.test(part)) &&
      !/(^|[/-])(utils?|helpers?|common|manager|misc)(\.|-|\/)/.test(file);
    expect(named.filter((file) => !isNamed(file))).toEqual([]);
  });

  it("names no place on the machine it was written on", () => {
    expect(texts.filter((file) => MACHINE_PATH.test(read(file)))).toEqual([]);
  });

  it("leaves no test out", () => {
    expect(texts.filter((file) => /\.test\.tsx?$|^tests\//.test(file) && LEFT_OUT.test(read(file)))).toEqual([]);
  });
});

describe("these rules", () => {
  it("would notice a file without its comment", () => {
    expect(opensWithComment("/** What it is. */\nconst a = 1;")).toBe(true);
    expect(opensWithComment('"use client";\n\n/** What it is. */\nconst a = 1;')).toBe(true);
    expect(opensWithComment("#!/bin/sh\n# What it is.\n")).toBe(true);
    expect(opensWithComment('import a from "a";\n/** Later. */')).toBe(false);
    expect(opensWithComment("#!/bin/sh\necho\n")).toBe(false);
  });

  it("would notice a machine's path, and take no other for one", () => {
    expect(
      ["work", "home/someone", "Users/someone", "root/x"].filter((path) => MACHINE_PATH.test(`see /${path}`)),
    ).toHaveLength(4);
    expect(
      ["recordings/id/work/a", "/workers", "/homepage", "https://example.org/work"].filter((text) =>
        MACHINE_PATH.test(text),
      ),
    ).toEqual([]);
  });

  it("would notice a test that is left out", () => {
    expect(LEFT_OUT.test(["it", "only"].join("."))).toBe(true);
    expect(LEFT_OUT.test(["describe", "each", "skip"].join("."))).toBe(true);
    expect(LEFT_OUT.test("it.each")).toBe(false);
  });
});
