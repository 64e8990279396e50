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
  const refusals: unknown[] = [];
  return { sent, refusals, keeper: new TitleKeeper((error) => refusals.push(error)) };
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

test("leaving the field does not wait", async () => {
  const { sent, keeper } = setUp();
  keeper.attach("id", "");
  keeper.set("Tide");
  keeper.flush();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toHaveLength(1);
});

test("an empty title leaves the recording the one it has", async () => {
  const { sent, keeper } = setUp();
  keeper.attach("id", "Tide");
  keeper.set("  ");
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([]);
});

test("a server that is away is asked again until it has the title", async () => {
  const answers = [Response.json({ code: "x", message: "Away." }, { status: 503 }), Response.json({})];
  const { sent, refusals, keeper } = setUp(() => answers.shift() as Response);
  keeper.attach("id", "");
  keeper.set("Tide");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toHaveLength(2);
  expect(refusals).toEqual([]);
});

test("what the server refuses is told, and not repeated", async () => {
  const { sent, refusals, keeper } = setUp(() => Response.json({ code: "x", message: "No." }, { status: 400 }));
  keeper.attach("id", "");
  keeper.set("Tide");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(refusals).toHaveLength(1);
  expect(sent).toHaveLength(1);
});

test("the title of one recording does not follow to the next", async () => {
  const { sent, keeper } = setUp();
  keeper.attach("id", "");
  keeper.set("Tide");
  keeper.detach();
  keeper.attach("next", "");
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([]);
  expect(keeper.title).toBe("");
});
