/** Captures of motion JPEG streams, as their owner sees them: begun, ended, found and described. */
import { randomUUID } from "node:crypto";
import net from "node:net";
import { AppError } from "@/lib/domain/errors";
import { type StreamSettings, type StreamState, streamAlias, streamFilename } from "@/lib/domain/mjpeg-settings";
import type { CaptureResource, StartCaptureRequest } from "@/lib/protocol/mjpeg";
import type { Principal } from "@/lib/server/auth/authenticate";
import { isUniqueViolation, type Prisma } from "@/lib/server/database/client";
import { endCapture, isRunning } from "@/lib/server/mjpeg/capture-run";
import { addressRefused } from "@/lib/server/outbound/outbound-guard";
import { createRecording, removeRecording } from "@/lib/server/recordings/lifecycle";
import { maskUrl } from "@/lib/server/secrets/mask-url";
import type { Services } from "@/lib/server/services";

type CaptureWithRecording = Prisma.StreamCaptureGetPayload<{ include: { recording: { include: { outputs: true } } } }>;
const WITH_RECORDING = { recording: { include: { outputs: true } } } as const;

/** Captures of one second that nobody named are numbered up to this. */
const MAX_OF_A_SECOND = 100;
const PAGE_SIZE = 200;

/** For the sealed address of a capture. */
export function sealContext(captureId: string): string {
  return `stream:${captureId}`;
}

/**
 * Begins to record a stream, or plans to.
 *
 * @throws {AppError} invalid for an address that is none or may not be reached; conflict when the name is taken;
 *   storage_full
 */
export async function startCapture(
  services: Services,
  principal: Pick<Principal, "userId">,
  request: StartCaptureRequest,
): Promise<CaptureWithRecording> {
  const { database, sealer, log } = services;
  checkAddress(services, request.stream_url);
  const now = new Date();
  const startAt = request.start_at === undefined ? now : new Date(request.start_at);
  const stopAt = stopTime(services, request, startAt);
  const id = randomUUID();
  const facts = {
    id,
    ownerId: principal.userId,
    url: maskUrl(request.stream_url),
    credentials: sealer.seal(request.stream_url, sealContext(id)),
    settings: JSON.stringify(settingsOf(services, request)),
    startAt,
    stopAt,
    maxBytes: request.max_bytes === undefined ? null : BigInt(request.max_bytes),
  };
  await insertCapture(services, facts, request.recording_id, now);
  try {
    if (startAt <= now) await beginRecording(services, facts);
  } catch (error) {
    await database.streamCapture.delete({ where: { id } });
    throw error;
  }
  await services.mjpegQueue.add(id, startAt);
  log.info({ captureId: id, url: facts.url, startAt }, "stream capture begun");
  return findCapture(services, principal, id);
}

/** Makes the recording of a capture whose time has come. @returns its id @throws {AppError} storage_full */
export async function beginRecording(
  services: Services,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<string> {
  const recordingId = await createRecording(
    services,
    { userId: ownerId },
    { title: "", tracks: ["video"] },
    { source: "mjpeg", retentionHours: services.config.MJPEG_RETENTION_HOURS, compileRequestedAt: new Date() },
  );
  const { count } = await services.database.streamCapture.updateMany({
    where: { id, recordingId: null },
    data: { recordingId },
  });
  if (count === 1) return recordingId;
  // Another worker was faster; an empty recording helps nobody.
  await removeRecording(services, recordingId, ownerId);
  const { recordingId: other } = await services.database.streamCapture.findUniqueOrThrow({ where: { id } });
  return other as string;
}

async function insertCapture(
  { database }: Services,
  facts: Omit<Prisma.StreamCaptureUncheckedCreateInput, "alias" | "filename">,
  alias: string | undefined,
  now: Date,
): Promise<void> {
  for (let copy = 1; copy <= MAX_OF_A_SECOND; copy += 1) {
    const made = `${streamAlias(now)}${copy === 1 ? "" : `_${copy}`}`;
    try {
      await database.streamCapture.create({
        data: { ...facts, alias: alias ?? made, filename: streamFilename(now, copy) },
      });
      return;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const isTaken =
        alias !== undefined && (await database.streamCapture.count({ where: { ownerId: facts.ownerId, alias } })) > 0;
      if (isTaken) throw new AppError("conflict", "recording_id_taken", "There is a recording with this id already.");
    }
  }
  throw new AppError("rate_limited", "too_many_streams", "Too many recordings were started within a second.");
}

function checkAddress({ outbound }: Services, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new AppError("invalid", "address_invalid", "stream_url: This is no http or https address.");
  }
  // What a name means is judged where the connection is opened; an address can be told at once.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (net.isIP(host) !== 0 && !outbound.allows(host)) throw addressRefused(host, host);
}

function stopTime({ config }: Services, request: StartCaptureRequest, startAt: Date): Date {
  const seconds = Math.min(request.max_seconds ?? Number.POSITIVE_INFINITY, config.MJPEG_MAX_HOURS * 3600);
  const longest = startAt.getTime() + seconds * 1000;
  const stopAt = new Date(request.stop_at === undefined ? longest : Math.min(longest, Date.parse(request.stop_at)));
  if (stopAt <= startAt) throw new AppError("invalid", "stop_before_start", "stop_at: It would end before it begins.");
  return stopAt;
}

function settingsOf({ config }: Services, { codec, preset, crf, bitrate_bps }: StartCaptureRequest): StreamSettings {
  return {
    codec: codec ?? config.MJPEG_CODEC,
    preset: preset ?? config.MJPEG_PRESET,
    crf: crf ?? config.MJPEG_CRF,
    bitrateBps: bitrate_bps ?? config.MJPEG_BITRATE_BPS,
  };
}

/**
 * Asks for the end of a capture. What records it hears of it at once; when nobody does, it is ended here.
 * Asking again changes nothing.
 *
 * @throws {AppError} not_found
 */
export async function stopCapture(
  services: Services,
  principal: Pick<Principal, "userId">,
  idOrAlias: string,
): Promise<void> {
  const { database, changes } = services;
  const { id, recordingId, ownerId } = await findCapture(services, principal, idOrAlias);
  await database.streamCapture.updateMany({
    where: { id, endedAt: null, stopRequestedAt: null },
    data: { stopRequestedAt: new Date() },
  });
  if (recordingId !== null) changes.publish({ kind: "changed", recordingId, ownerId });
  const row = await database.streamCapture.findUnique({ where: { id } });
  if (row !== null && row.endedAt === null && !isRunning(row)) await endCapture(services, row, null, null);
}

/**
 * Waits until what was recorded is a file, or failed to become one.
 *
 * @returns the capture, also when the time is up
 */
export async function waitForFile(
  services: Services,
  principal: Pick<Principal, "userId">,
  idOrAlias: string,
  timeoutMs: number,
): Promise<CaptureWithRecording> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const capture = await findCapture(services, principal, idOrAlias);
    const state = capture.recording?.state ?? "none";
    const isOver = capture.endedAt !== null && ["ready", "failed", "none"].includes(state);
    const remainingMs = until - performance.now();
    if (isOver || remainingMs <= 0) return capture;
    await change(services, capture.recordingId, Math.min(remainingMs, 1000));
  }
}

/** Resolves with the next change of a recording, or when the time is up. */
function change({ changes }: Services, recordingId: string | null, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(finish, timeoutMs);
    const unsubscribe = changes.subscribe((what) => what.recordingId === recordingId && finish());
  });
}

/** @param idOrAlias the id, or what the contract calls recording_id @throws {AppError} not_found */
export async function findCapture(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
  idOrAlias: string,
): Promise<CaptureWithRecording> {
  const capture = await database.streamCapture.findFirst({
    where: { ownerId: userId, OR: [{ id: idOrAlias }, { alias: idOrAlias }] },
    include: WITH_RECORDING,
  });
  if (capture === null) throw captureNotFound();
  return capture;
}

/** @returns the recording whose download has this name @throws {AppError} not_found */
export async function findByFilename(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
  filename: string,
): Promise<string> {
  const capture = await database.streamCapture.findUnique({
    where: { ownerId_filename: { ownerId: userId, filename } },
  });
  if (capture === null || capture.recordingId === null) throw captureNotFound();
  return capture.recordingId;
}

/** The owner's captures, newest first. */
export async function listCaptures(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
): Promise<CaptureResource[]> {
  const rows = await database.streamCapture.findMany({
    where: { ownerId: userId },
    include: WITH_RECORDING,
    orderBy: { createdAt: "desc" },
    take: PAGE_SIZE,
  });
  return rows.map(describeCapture);
}

export function describeCapture(capture: CaptureWithRecording): CaptureResource {
  const { recording } = capture;
  const isReady = recording?.state === "ready";
  const file = recording?.outputs.find(({ kind }) => kind === "mp4");
  return {
    id: capture.id,
    alias: capture.alias,
    recordingId: capture.recordingId,
    url: capture.url,
    filename: capture.filename,
    codec: (JSON.parse(capture.settings) as StreamSettings).codec,
    state: capture.state as StreamState,
    message: capture.stateMessage,
    startAt: capture.startAt.toISOString(),
    stopAt: capture.stopAt?.toISOString() ?? null,
    endedAt: capture.endedAt?.toISOString() ?? null,
    lastFrameAt: capture.lastFrameAt?.toISOString() ?? null,
    frames: capture.frames,
    droppedFrames: capture.droppedFrames,
    brokenFrames: capture.brokenFrames,
    frozenSince: capture.frozenSince?.toISOString() ?? null,
    recordingState: recording?.state ?? null,
    sizeBytes: Number(isReady && file !== undefined ? file.sizeBytes : (recording?.sizeBytes ?? 0n)),
    downloadUrl: isReady ? `/podsinspace/recording/download/${capture.filename}` : null,
  };
}

function captureNotFound(): AppError {
  return new AppError("not_found", "recording_not_found", "There is no such recording.");
}
