/** The contract of the recording service: what is recorded of a camera since it was started. */
import type { RecordingStatus } from "@/lib/protocol/cameras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { shownUrl } from "@/lib/server/cameras/find";
import type { Camera } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

export async function recordingStatusOf(services: Services, camera: Camera): Promise<RecordingStatus> {
  const { startedAt, id } = camera;
  const sum = await services.database.cameraSegment.aggregate({
    where: { cameraId: id, ...(startedAt === null ? {} : { endedAt: { gte: startedAt } }) },
    _sum: { sizeBytes: true },
    _max: { endedAt: true },
    _count: true,
  });
  return {
    camera_id: id,
    camera_name: camera.name,
    rtsp_url: shownUrl(services, camera),
    status: camera.wanted && camera.state === "stopped" ? "waiting" : camera.state,
    started_at: startedAt?.toISOString() ?? null,
    segment_count: sum._count,
    total_bytes: Number(sum._sum.sizeBytes ?? 0),
    reservation_id: camera.reservationId,
    last_segment_at: sum._max.endedAt?.toISOString() ?? null,
  };
}

/** Of all cameras of somebody that were ever started. */
export async function listRecordingStatus(services: Services, { userId }: Pick<Principal, "userId">) {
  const cameras = await services.database.camera.findMany({
    where: { ownerId: userId, deletedAt: null, startedAt: { not: null } },
    orderBy: { id: "asc" },
  });
  const statuses = await Promise.all(cameras.map((camera) => recordingStatusOf(services, camera)));
  return {
    total_recordings: statuses.length,
    active_recordings: cameras.filter(({ wanted }) => wanted).length,
    total_segments: statuses.reduce((sum, { segment_count }) => sum + segment_count, 0),
    total_bytes: statuses.reduce((sum, { total_bytes }) => sum + total_bytes, 0),
    recordings_by_camera: Object.fromEntries(statuses.map((status) => [status.camera_id, status])),
  };
}
