import { expect, test } from "vitest";
import { RunningJobs } from "@/worker/running-jobs";

test("a job that comes again while it runs is not begun again, and the newest call holds it", async () => {
  const jobs = new RunningJobs<string>();
  const begun: string[] = [];
  let finish = (_: string) => {};
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => {
      finish = resolve;
    });
  };
  const first = jobs.run("1", work("first"));
  const again = jobs.run("1", work("again"));
  finish("made");
  expect(await first).toEqual({ outcome: "made", isHolder: false });
  expect(await again).toEqual({ outcome: "made", isHolder: true });
  expect(begun).toEqual(["first"]);

  const afterwards = jobs.run("1", work("afterwards"));
  finish("nothing to do");
  expect(await afterwards).toEqual({ outcome: "nothing to do", isHolder: true });
  expect(begun).toEqual(["first", "afterwards"]);
});

test("jobs do not wait for each other, and what one throws is thrown to all who wait for it", async () => {
  const jobs = new RunningJobs<string>();
  const endless = jobs.run("endless", () => new Promise(() => {}));
  const failing = () => Promise.reject(new Error("no room"));
  const ends = await Promise.allSettled([jobs.run("1", failing), jobs.run("1", failing)]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await Promise.race([endless, jobs.run("2", async () => "done")])).toMatchObject({ outcome: "done" });
});
