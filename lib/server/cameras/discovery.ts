/** Finds cameras on the network for somebody who wants to add them, and asks one for its streams. */
import { AppError } from "@/lib/domain/errors";
import type { CameraStreamsRequest, FoundCamera } from "@/lib/protocol/camera-discovery";
import { MAX_NAME_LENGTH } from "@/lib/protocol/cameras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { type DeviceStream, streamsOf } from "@/lib/server/cameras/onvif/device";
import { discover } from "@/lib/server/cameras/onvif/discover";
import type { Services } from "@/lib/server/services";

/**
 * Asks the networks of this machine. Devices at addresses that may not be reached are left out.
 *
 * @throws {AppError} conflict when discovery is turned off
 */
export async function findCameras(
  { config, outbound, database }: Services,
  { userId }: Pick<Principal, "userId">,
): Promise<FoundCamera[]> {
  if (config.DISCOVERY_TARGETS.length === 0) {
    throw new AppError("conflict", "discovery_off", "Looking for cameras is turned off on this server.");
  }
  const devices = await discover(config.DISCOVERY_TARGETS);
  const cameras = await database.camera.findMany({ where: { ownerId: userId, deletedAt: null } });
  const known = new Set(cameras.map(({ rtspUrl }) => new URL(rtspUrl).hostname));
  return devices.flatMap(({ name, model, addresses }): FoundCamera[] => {
    // Devices tell addresses, not names: what is no address is judged where it is connected to, and rare.
    const address = addresses.find((each) => URL.canParse(each) && outbound.allows(hostOf(each)));
    if (address === undefined) return [];
    const host = hostOf(address);
    const shown = (name || model || host).slice(0, MAX_NAME_LENGTH);
    return [{ name: shown, model: model.slice(0, MAX_NAME_LENGTH) || null, host, address, isAdded: known.has(host) }];
  });
}

function hostOf(address: string): string {
  return new URL(address).hostname.replace(/^\[(.*)\]$/, "$1");
}

/** @throws {AppError} source_failed with what is wrong in words; invalid for an address that may not be reached */
export function findStreams(
  { outbound }: Pick<Services, "outbound">,
  { address, username = "", password = "" }: CameraStreamsRequest,
): Promise<DeviceStream[]> {
  return streamsOf(outbound, address, username === "" ? null : { username, password });
}
