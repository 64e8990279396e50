import { afterEach, describe, expect, it } from "vitest";
import { parseCpuSeconds } from "@/lib/media/measure-encoding";
import { EncoderBudget } from "@/worker/follow/encoder-budget";

const HD = { width: 1280, height: 720 };
const SMALL = { width: 640, height: 360 };
const LOG = { info: () => {} } as unknown as ConstructorParameters<typeof EncoderBudget>[1];

/** A budget of so many cores, on which encoding 720p takes one. */
function budgetOf(cores: number, most = 0): EncoderBudget {
  const config = {
    // There is no such program, so nothing is measured, and an encoding counts as a core.
    ...{ FFMPEG_PATH: `/nowhere/${Math.random()}`, FFPROBE_PATH: "/nowhere", COMPILE_TIMEOUT_MINUTES: 1 },
    ...{ COMPILE_MEMORY_BYTES: 2 ** 31, FOLLOW_MAX_ENCODERS: most },
  };
  const budget = new EncoderBudget(config, LOG, cores);
  budget.coresFor = async (_, { width, height }) => (width * height) / (HD.width * HD.height);
  return budget;
}

const held: (() => void)[] = [];
afterEach(() => {
  for (const giveBack of held.splice(0)) giveBack();
});

async function takeAll(budget: EncoderBudget, size: typeof HD): Promise<number> {
  let count = 0;
  for (let taken = await budget.take("veryfast", size); taken !== null; taken = await budget.take("veryfast", size)) {
    held.push(taken);
    count += 1;
  }
  return count;
}

describe("a budget of encoders", () => {
  it("admits what three quarters of the cores carry: of small pictures more", async () => {
    expect(await takeAll(budgetOf(4), HD)).toBe(3);
    expect(await takeAll(budgetOf(4), SMALL)).toBe(12);
  });

  it("always admits one, however much it needs", async () => {
    expect(await takeAll(budgetOf(1), { width: 3840, height: 2160 })).toBe(1);
  });

  it("has room again when one is given back, and giving it back twice gives no more", async () => {
    const budget = budgetOf(2);
    const first = await budget.take("veryfast", HD);
    expect(await budget.take("veryfast", HD)).toBeNull();
    first?.();
    first?.();
    expect(await takeAll(budget, HD)).toBe(1);
  });

  it("goes by the number where one is set", async () => {
    expect(await takeAll(budgetOf(1, 5), HD)).toBe(5);
  });

  it("takes what cannot be measured to need a core", async () => {
    const config = {
      ...{ FFMPEG_PATH: "/nowhere/at/all", FFPROBE_PATH: "/nowhere", COMPILE_TIMEOUT_MINUTES: 1 },
      ...{ COMPILE_MEMORY_BYTES: 2 ** 31, FOLLOW_MAX_ENCODERS: 0 },
    };
    expect(await new EncoderBudget(config, LOG, 2).coresFor("fast", HD)).toBe(1);
  });
});

describe("what FFmpeg says of its CPU", () => {
  it("is user and system together", () => {
    expect(parseCpuSeconds(["frame=  60", "bench: utime=0.512s stime=0.021s rtime=0.400s"])).toBeCloseTo(0.533, 5);
    expect(parseCpuSeconds(["frame=  60"])).toBeNull();
  });
});
