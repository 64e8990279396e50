import { describe, expect, it } from "vitest";
import { matroskaHead, matroskaPictureHead } from "@/lib/media/matroska-writer";
import { measureMatroska } from "@/lib/media/measure-matroska";

describe("a Matroska stream that is written here", () => {
  it("is read back with the times its pictures were given", async () => {
    const times = [0, 40, 1000, 1001, 3000];
    const stream = Buffer.concat([
      matroskaHead("V_MJPEG", { width: 640, height: 480 }),
      ...times.flatMap((at) => [matroskaPictureHead(at, 300), Buffer.alloc(300, 7)]),
    ]);
    const source = {
      sizeBytes: stream.length,
      read: async (offset: number, length: number) => stream.subarray(offset, offset + length),
    };
    const starts: number[] = [];
    const { reports, needsRepair, tornBytes } = await measureMatroska(source, {
      clock: [],
      reorderMs: 0,
      onBlock: async ({ startBytes, endBytes }) => {
        starts.push(endBytes - startBytes);
      },
    });
    expect(reports.video).toMatchObject({ blocks: 5, firstMs: 0 });
    expect(reports.video?.endMs).toBeGreaterThanOrEqual(3000);
    expect(starts).toHaveLength(5);
    expect(needsRepair).toBe(false);
    expect(tornBytes).toBe(0);
  });
});
