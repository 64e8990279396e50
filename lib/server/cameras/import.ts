/** Adds the cameras of a list, each by itself: what is wrong with one line keeps no other from being added. */
import { readCameraList } from "@/lib/domain/camera-list";
import { AppError } from "@/lib/domain/errors";
import {
  createCameraRequest,
  type ImportCamerasRequest,
  type ImportedCamera,
  MAX_IMPORTED_CAMERAS,
  MAX_NAME_LENGTH,
} from "@/lib/protocol/cameras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { createCamera, startCamera } from "@/lib/server/cameras/manage";
import { splitCredentials } from "@/lib/server/secrets/mask-url";
import type { Services } from "@/lib/server/services";

/**
 * @returns a line each, in their order
 * @throws {AppError} invalid when it has no line or too many: then nothing is added
 * @throws what else keeps a camera from being added, the database being away say; the lines before it are added
 */
export async function importCameras(
  services: Services,
  who: Pick<Principal, "userId">,
  { list, start }: ImportCamerasRequest,
): Promise<ImportedCamera[]> {
  const lines = readCameraList(list);
  if (lines.length === 0) throw new AppError("invalid", "list_empty", "There is no camera in the list.");
  if (lines.length > MAX_IMPORTED_CAMERAS) {
    const words = `The list has ${lines.length} cameras; ${MAX_IMPORTED_CAMERAS} can be added at a time.`;
    throw new AppError("invalid", "list_too_long", words);
  }
  const there = await services.database.camera.findMany({
    where: { ownerId: who.userId, deletedAt: null },
    select: { rtspUrl: true },
  });
  const addresses = new Set(there.map(({ rtspUrl }) => rtspUrl));
  const imported: ImportedCamera[] = [];
  for (const { line, fields } of lines) {
    const none = {
      line,
      name: typeof fields?.name === "string" ? fields.name.slice(0, MAX_NAME_LENGTH) : null,
      id: null,
    };
    const read = createCameraRequest.safeParse({ ...fields, start });
    if (fields === null || !read.success) {
      imported.push({ ...none, code: "line_invalid", message: whatIsWrong(fields, read.error?.issues ?? []) });
      continue;
    }
    const { url } = splitCredentials(read.data.url);
    if (addresses.has(url)) {
      imported.push({ ...none, code: "address_there", message: "You have a camera with this address already." });
      continue;
    }
    let id: string | null = null;
    try {
      id = await createCamera(services, who, { ...read.data, start: false });
      addresses.add(url);
      if (start) await startCamera(services, who, id);
      imported.push({ ...none, id, code: null, message: null });
    } catch (error) {
      // What no line is to blame for ends the request and is logged there; the list can be given again.
      if (!(error instanceof AppError)) throw error;
      imported.push({ ...none, id, code: error.code, message: error.message });
    }
  }
  return imported;
}

function whatIsWrong(
  fields: Record<string, unknown> | null,
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): string {
  if (fields === null) return "The line is no JSON object.";
  if (fields.name === undefined) return "The name is missing.";
  if (fields.url === undefined) return "The address is missing.";
  const [issue] = issues;
  const names: Readonly<Record<string, string>> = { name: "The name", url: "The address" };
  const what = String(issue?.path[0] ?? "It");
  return `${names[what] ?? what} ${issue?.message ?? "is not valid"}.`;
}
