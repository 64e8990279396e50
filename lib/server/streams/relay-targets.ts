/** Where the streams of a key are pushed on to: made, listed, changed, removed; keys over there are kept sealed. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import { readRelayAddress } from "@/lib/domain/relay-address";
import type { ChangeRelayTargetRequest, CreateRelayTargetRequest, RelayTargetResource } from "@/lib/protocol/relays";
import type { RelayTarget } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import { findOwnStreamKey } from "@/lib/server/streams/stream-keys";

/** Each costs the whole stream once more. */
const MAX_TARGETS = 5;

/** @throws {AppError} not_found without such a key; invalid for an address that is not allowed; conflict beyond five */
export async function createRelayTarget(
  services: Services,
  userId: string,
  streamKeyId: string,
  { name, server, key }: CreateRelayTargetRequest,
): Promise<RelayTargetResource> {
  await findOwnStreamKey(services, userId, streamKeyId);
  expectAllowed(services, server);
  if ((await services.database.relayTarget.count({ where: { streamKeyId } })) >= MAX_TARGETS) {
    throw new AppError(
      "conflict",
      "too_many_targets",
      `A stream can be pushed on to at most ${MAX_TARGETS} addresses.`,
    );
  }
  const id = randomUUID();
  const secret = services.sealer.seal(key, sealedFor(id));
  return describe(await services.database.relayTarget.create({ data: { id, streamKeyId, name, server, secret } }));
}

/** @throws {AppError} not_found */
export async function listRelayTargets(
  services: Services,
  userId: string,
  streamKeyId: string,
): Promise<RelayTargetResource[]> {
  await findOwnStreamKey(services, userId, streamKeyId);
  return (await targetsOf(services, streamKeyId)).map(describe);
}

/** @throws {AppError} not_found, invalid */
export async function changeRelayTarget(
  services: Services,
  userId: string,
  streamKeyId: string,
  id: string,
  { name, server, key, enabled }: ChangeRelayTargetRequest,
): Promise<RelayTargetResource> {
  await findOwnStreamKey(services, userId, streamKeyId);
  if (server !== undefined) expectAllowed(services, server);
  const { count } = await services.database.relayTarget.updateMany({
    where: { id, streamKeyId },
    data: {
      ...(name === undefined ? {} : { name }),
      ...(server === undefined ? {} : { server }),
      ...(key === undefined ? {} : { secret: services.sealer.seal(key, sealedFor(id)) }),
      ...(enabled === undefined ? {} : { enabled }),
    },
  });
  if (count === 0) throw notFound();
  return describe(await services.database.relayTarget.findUniqueOrThrow({ where: { id } }));
}

/** @throws {AppError} not_found */
export async function removeRelayTarget(
  services: Services,
  userId: string,
  streamKeyId: string,
  id: string,
): Promise<void> {
  await findOwnStreamKey(services, userId, streamKeyId);
  const { count } = await services.database.relayTarget.deleteMany({ where: { id, streamKeyId } });
  if (count === 0) throw notFound();
}

/** All of a key, those that are switched off among them; oldest first. */
export async function targetsOf({ database }: Pick<Services, "database">, streamKeyId: string): Promise<RelayTarget[]> {
  return database.relayTarget.findMany({ where: { streamKeyId }, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
}

/** The key over there. @throws {AppError} conflict when the server's secret has changed */
export function openRelayKey({ sealer }: Pick<Services, "sealer">, { id, secret }: RelayTarget): string {
  return sealer.open(secret, sealedFor(id));
}

function sealedFor(id: string): string {
  return `relay-target:${id}`;
}

function expectAllowed({ outbound }: Services, server: string): void {
  outbound.expectHost(readRelayAddress(server)?.host ?? "");
}

function describe({ id, name, server, enabled, createdAt }: RelayTarget): RelayTargetResource {
  return { id, name, server, enabled, createdAt: createdAt.toISOString() };
}

function notFound(): AppError {
  return new AppError("not_found", "relay_target_not_found", "There is no such address to push the stream on to.");
}
