/** What the API says of the places that streams are pushed on to. */
import { z } from "zod";
import { readRelayAddress } from "@/lib/domain/relay-address";
import { shortName } from "@/lib/protocol/title";

const server = z
  .string()
  .trim()
  .max(500)
  .refine((text) => readRelayAddress(text) !== null, {
    error: "must be rtmp:// or rtmps:// with a host and an app, and without the key",
  })
  .meta({ description: "`rtmp://host[:port]/app` or `rtmps://…`, without the key" });

/** Some services put options behind the key, as a query: it is sent as it stands. */
const key = z
  .string()
  .trim()
  .max(500)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it must not have
  .regex(/^[^\s\u0000-\u001f\u007f]+$/, { error: "must have 1 to 500 characters, without spaces" })
  .meta({ description: "the stream key over there; kept encrypted, and in no answer" });

export const createRelayTargetRequest = z.object({ name: shortName, server, key }).meta({ id: "CreateRelayTarget" });
export type CreateRelayTargetRequest = z.infer<typeof createRelayTargetRequest>;

export const changeRelayTargetRequest = z
  .object({
    name: shortName.optional(),
    server: server.optional(),
    key: key.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((change) => change.server === undefined || change.key !== undefined, {
    path: ["key"],
    error: "is needed again when the server is another",
  })
  .meta({ id: "ChangeRelayTarget" });
export type ChangeRelayTargetRequest = z.infer<typeof changeRelayTargetRequest>;

export const relayTargetResource = z
  .object({
    id: z.string(),
    name: z.string(),
    server: z.string(),
    enabled: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "RelayTarget", description: "Where streams that are published with a key are pushed on to" });
export type RelayTargetResource = z.infer<typeof relayTargetResource>;

/** What becomes of pushing a stream on. */
export const RELAY_STATES = ["connecting", "live", "waiting"] as const;

export const relayResource = z
  .object({
    targetId: z.string(),
    name: z.string(),
    state: z.enum(RELAY_STATES).meta({ description: "`waiting`: it failed, and is tried again" }),
    message: z.string().nullable().meta({ description: "why it failed last; null while it works" }),
    retryAt: z.iso.datetime().nullable(),
    sentBytes: z.int().min(0).meta({ description: "bytes of sound and picture" }),
    droppedFrames: z.int().meta({ description: "pictures that the target was too slow for" }),
  })
  .meta({ id: "Relay", description: "A stream that is being pushed on" });
export type RelayResource = z.infer<typeof relayResource>;
