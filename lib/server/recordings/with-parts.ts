/** A recording as it is read: with everything that belongs to it. */
import type { Prisma } from "@/lib/server/database/client";

/** What belongs to a recording, in the order in which it is shown. */
export const WITH_PARTS = {
  takes: { orderBy: { number: "asc" } },
  tracks: { orderBy: [{ takeNumber: "asc" }, { kind: "desc" }] },
  outputs: { orderBy: { kind: "asc" } },
  extras: { orderBy: { kind: "asc" } },
  cut: true,
  gaps: { orderBy: { fromMs: "asc" } },
  owner: true,
} as const satisfies Prisma.RecordingInclude;

export type RecordingWithParts = Prisma.RecordingGetPayload<{ include: typeof WITH_PARTS }>;
