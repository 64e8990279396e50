import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TitleKeeper } from "@/lib/client/session/title-keeper";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function setUp(respond: () => Response = () => Response.json({})) {
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push([url, JSON.parse(String(init.body))]);
    return respond();
  });
  const failures: unknown[] = [];
  return { sent, failures, keeper: new TitleKeeper((error) => failures.push(error)) };
}

test("typing is sent once, after the last key", async () => {
  const { sent, keeper } = setUp();
  keeper.attach("id", "");
  for (const title of ["T", "Ti", "Tide "]) keeper.set(title);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([["/api/v1/recordings/id", { title: "Tide" }]]);
});

test("a title from before the recording is not sent again, one typed while it was made is", async () => {
  const { sent, keeper } = setUp();
  keeper.set("Tide");
  await vi.advanceTimersByTimeAsync(1000);
  keeper.attach("id", "Tide");
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([]);
  keeper.attach("other", "Ti");
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual([["/api/v1/recordings/other", { title: "Tide" }]]);
});

test("an empty title leaves the recording the one it has", async () => {
  const { sent, keeper } = setUp();
  keeper.attach("id", "Tide");
  keeper.set("  ");
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([]);
});

test("what the server refuses is told", async () => {
  const { failures, keeper } = setUp(() => Response.json({ code: "x", message: "No." }, { status: 400 }));
  keeper.attach("id", "");
  keeper.set("Tide");
  await vi.advanceTimersByTimeAsync(1000);
  expect(failures).toHaveLength(1);
});
