/**
 * What a power cut can leave behind, enumerated over a model of a disk: the small version of `npm run torture:powerloss`,
 * and that it finds something when a sync is left out.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type CrashOptions, type FileNode, keyOfTree, ModelDisk } from "@/tests/torture/powerloss-disk";
import type { Exploration, ExploreOptions } from "@/tests/torture/powerloss-explore";
import type { Sync } from "@/tests/torture/powerloss-file-system";

let uninstall = () => {};
let explore: (options: ExploreOptions) => Promise<Exploration[]>;
beforeAll(async () => {
  // Before the product is loaded: some of it keeps what it finds in node:fs. Another file may have loaded it before.
  vi.resetModules();
  const { install } = await import("@/tests/torture/powerloss-file-system");
  uninstall = install();
  ({ explore } = await import("@/tests/torture/powerloss-explore"));
});
afterAll(() => {
  uninstall();
  vi.resetModules();
});

const broken = (found: Exploration[]) =>
  found.filter(({ violations }) => violations > 0).map(({ operation }) => operation);

it("loses no acknowledged byte, repeats none and leaves no recording stuck, whenever the power is cut", async () => {
  const found = await explore({ ordering: "ordered", tears: "middle" });
  expect(found.flatMap(({ examples }) => examples)).toEqual([]);
  for (const each of found) {
    expect(each).toMatchObject({ violations: 0, lostBytes: 0, duplicatedBytes: 0, stuck: 0, noticed: 0 });
    // Something was there to go wrong.
    expect(each.states, each.operation).toBeGreaterThan(2);
  }
  expect(found).toHaveLength(12);
});

it("loses no acknowledged byte either where a size may be durable before its bytes", async () => {
  const only = ["append", "finish", "compile and publish", "compile again and publish"];
  const found = await explore({ ordering: "unordered", tears: "middle", only });
  expect(found.flatMap(({ examples }) => examples)).toEqual([]);
  // An end that was not acknowledged may be zeros there: the source has it, and sends it again.
  for (const { noticed } of found) expect(noticed).toBe(0);
});

describe("the enumeration notices", () => {
  it.each<{ without: Sync; operations: string[] }>([
    {
      without: "sync of a file",
      operations: ["append", "finish", "append, process killed and started again", "compile and publish"],
    },
    { without: "sync of a recording's folder", operations: ["append", "finish", "compile again and publish"] },
    { without: "sync of the recordings folder", operations: ["create", "delete"] },
  ])("when the $without is left out", async ({ without, operations }) => {
    const found = await explore({ ordering: "ordered", tears: "middle", without, only: operations });
    expect(broken(found).sort()).toEqual([...operations].sort());
  });
});

describe("the model of a disk", () => {
  const CRASH: CrashOptions = { ordering: "ordered", tears: "every byte" };
  const bytes = (text: string) => Buffer.from(text);
  const states = (disk: ModelDisk, options: Partial<CrashOptions> = {}) =>
    [...disk.crashStates({ ...CRASH, ...options })].map(keyOfTree).sort();
  const hex = (text: string) => bytes(text).toString("hex");
  const withFile = (content: string): { disk: ModelDisk; file: FileNode } => {
    const disk = new ModelDisk(new Map([["f", bytes(content)]]));
    return { disk, file: disk.find(["f"]) as FileNode };
  };

  it("keeps what was synced and any beginning of what was appended since", () => {
    const { disk, file } = withFile("ab");
    disk.write(file, 2, bytes("cd"));
    expect(states(disk)).toEqual([`f=${hex("ab")}`, `f=${hex("abc")}`, `f=${hex("abcd")}`]);
    disk.syncFile(file);
    expect(states(disk)).toEqual([`f=${hex("abcd")}`]);
  });

  it("may show a size before its bytes when it is told so", () => {
    const { disk, file } = withFile("a");
    disk.write(file, 1, bytes("bc"));
    const found = states(disk, { ordering: "unordered" });
    expect(found).toContain(`f=${hex("a\0\0")}`);
    expect(found).toContain(`f=${hex("a\0c")}`);
  });

  it("never makes durable what a sync failed to write, until it is written again", () => {
    const { disk, file } = withFile("a");
    disk.write(file, 1, bytes("b"));
    disk.failSync(file);
    disk.syncFile(file);
    expect(states(disk)).toEqual([`f=${hex("a")}`, `f=${hex("ab")}`]);
    disk.truncate(file, 1);
    disk.write(file, 1, bytes("c"));
    disk.syncFile(file);
    expect(states(disk)).toEqual([`f=${hex("ac")}`]);
  });

  it("has an entry durable by a sync of its folder alone", () => {
    const disk = new ModelDisk();
    const file = disk.makeFile(disk.root, "f");
    disk.write(file, 0, bytes("a"));
    disk.syncFile(file);
    expect(states(disk)).toEqual(["", `f=${hex("a")}`]);
    disk.syncFolder(disk.root);
    expect(states(disk)).toEqual([`f=${hex("a")}`]);
  });

  it("has after a rename the old name, the new one or both, and never neither", () => {
    const disk = new ModelDisk(
      new Map([
        ["one", new Map([["f", bytes("a")]])],
        ["other", new Map()],
      ]),
    );
    const one = disk.find(["one"]);
    const other = disk.find(["other"]);
    if (one?.kind !== "folder" || other?.kind !== "folder") throw new Error("These are folders.");
    disk.rename(one, "f", other, "g");
    const a = hex("a");
    const both = [`one/(f=${a}),other/()`, `one/(f=${a}),other/(g=${a})`, `one/(),other/(g=${a})`];
    expect(states(disk)).toEqual(both.sort());
    disk.syncFolder(other);
    expect(states(disk)).toEqual([`one/(f=${a}),other/(g=${a})`, `one/(),other/(g=${a})`].sort());
  });
});
