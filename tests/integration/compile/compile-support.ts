/** What tests of the compiler share: services with a worker in the same process, and waiting for a recording's state. */
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { eventually } from "@/tests/support/eventually";

/** Waits until the recording has one of the states. */
export async function reach(
  services: Services,
  id: string,
  states: string[] = ["ready", "failed"],
): Promise<RecordingWithParts> {
  return eventually(async () => {
    const row = await services.database.recording.findUniqueOrThrow({ where: { id }, include: WITH_PARTS });
    if (!states.includes(row.state)) {
      const { state, compileAttempts, compileRequestedAt, followedAt, followedBy, followRefusal } = row;
      const facts = { state, compileAttempts, compileRequestedAt, followedAt, followedBy, followRefusal };
      const queued = await services.compileQueue.counts();
      throw new Error(
        `not ${states.join(" or ")}: ${JSON.stringify({ ...facts, queued, redis: services.redis.status })}`,
      );
    }
    return row;
  });
}

/** Path of the finished file. */
export function mp4Of(services: Services, { id, outputs }: RecordingWithParts): string {
  const output = outputs.find(({ kind }) => kind === "mp4");
  if (output === undefined) throw new Error("there is no mp4");
  return services.folder.file(id, output.filename);
}
