/** Compares what rows say of the segments of cameras with the disk: each that is kept here is there, as long as it says. */
import fs from "node:fs/promises";
import path from "node:path";
import type { CheckContext } from "@/lib/server/check/check-context";
import type { Finding } from "@/lib/server/check/finding";
import { CAMERAS_FOLDER } from "@/lib/server/storage/cameras-folder";

const PAGE = 500;

/** Segments that are looked at, and what is wrong with them. */
export async function examineCameras({
  database,
  folder,
}: CheckContext): Promise<{ findings: Finding[]; files: number; bytes: number }> {
  const report = { findings: [] as Finding[], files: 0, bytes: 0 };
  for (let after = ""; ; ) {
    const rows = await database.cameraSegment.findMany({
      where: { id: { gt: after }, storage: "local", localRemovedAt: null },
      orderBy: { id: "asc" },
      take: PAGE,
    });
    for (const { cameraId, filename, sizeBytes } of rows) {
      const file = `${CAMERAS_FOLDER}/${cameraId}/${filename}`;
      const size = await fs.stat(path.join(folder.root, file)).then(
        (stat) => stat.size,
        () => null,
      );
      if (size === Number(sizeBytes)) {
        report.files += 1;
        report.bytes += size;
        continue;
      }
      report.findings.push({
        code: size === null ? "file_missing" : "file_differs",
        recordingId: null,
        path: file,
        message: size === null ? "The segment is not there." : "The segment has another size than its row says.",
        facts: { sizeBytes: size, expectedBytes: Number(sizeBytes) },
      });
    }
    if (rows.length < PAGE) return report;
    after = rows.at(-1)?.id ?? after;
  }
}
