/** What the API says of cameras that are found on the network, before they are added. */
import { z } from "zod";

export const foundCamera = z
  .object({
    name: z.string().meta({ description: "as the camera calls itself" }),
    model: z.string().nullable(),
    host: z.string(),
    address: z.string().meta({ description: "of its ONVIF device service: what its streams are asked for at" }),
    isAdded: z.boolean().meta({ description: "a camera of yours has an address at this host" }),
  })
  .meta({ id: "FoundCamera" });
export type FoundCamera = z.infer<typeof foundCamera>;

export const foundCameras = z.object({ cameras: z.array(foundCamera) }).meta({ id: "FoundCameras" });

export const cameraStreamsRequest = z
  .object({
    address: z.url({ protocol: /^https?$/ }).max(2000),
    username: z.string().max(200).optional(),
    password: z.string().max(200).optional().meta({ description: "used for this request alone, and not kept" }),
  })
  .meta({ id: "CameraStreamsRequest" });
export type CameraStreamsRequest = z.infer<typeof cameraStreamsRequest>;

export const cameraStream = z
  .object({
    name: z.string().meta({ description: "as the camera calls the profile" }),
    url: z.string().meta({ description: "rtsp or rtsps, without credentials" }),
    codec: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    framesPerSecond: z.number().nullable(),
  })
  .meta({ id: "CameraStream" });
export type CameraStream = z.infer<typeof cameraStream>;

export const cameraStreams = z.object({ streams: z.array(cameraStream) }).meta({ id: "CameraStreams" });
