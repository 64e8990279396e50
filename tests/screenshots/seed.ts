/** Fills an installation with people and recordings in every state, through the use cases of the product itself. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { GAP_CAUSES } from "@/lib/domain/gap-causes";
import { mp4Filename, THUMBNAIL_FILENAME } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { claimCompilation, publishCompilation } from "@/lib/server/recordings/compilation";
import {
  beginTrack,
  changeRecording,
  createRecording,
  finishTrack,
  stopRecording,
} from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { changeUser, createInvitation, createUser, needsSetup, setUp } from "@/lib/server/users/accounts";
import { createToken } from "@/lib/server/users/api-tokens";
import { drawScenes, inflate, makeMp4, makeThumbnail } from "@/tests/screenshots/make-media";
import { ADMIN, COMPILING, FAILED, FEATURED, LIVE, NEWCOMER, UNCOMPILED } from "@/tests/screenshots/people";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Planned {
  title: string;
  /** null: sound only. */
  scene: string | null;
  durationMs: number;
  /** How long before now it was begun. */
  agoMs: number;
  end: "ready" | "failed" | "stopped" | "compiling" | "live";
  pinned?: boolean;
  /** The second take begins here; what is between them is a gap. */
  interruptedAtMs?: number;
}

const minutes = (whole: number, seconds = 0) => (whole * 60 + seconds) * 1000;

const PLAN: readonly Planned[] = [
  { title: LIVE, scene: "call", durationMs: minutes(3, 12), agoMs: minutes(3, 12), end: "live" },
  {
    title: COMPILING,
    scene: "editor",
    durationMs: minutes(18, 40),
    agoMs: 24 * MINUTE_MS,
    end: "compiling",
  },
  {
    title: FEATURED,
    scene: "slides",
    durationMs: minutes(12, 5),
    agoMs: 3 * HOUR_MS,
    end: "ready",
    pinned: true,
    interruptedAtMs: minutes(7, 30),
  },
  {
    title: "Interview with Tomasz, part two",
    scene: "interview",
    durationMs: minutes(47, 33),
    agoMs: 5 * HOUR_MS,
    end: "ready",
  },
  {
    title: "Orders dashboard: numbers that jump",
    scene: "dashboard",
    durationMs: minutes(1, 48),
    agoMs: DAY_MS,
    end: "ready",
  },
  { title: "Morning pages", scene: null, durationMs: minutes(9, 21), agoMs: DAY_MS + 3 * HOUR_MS, end: "ready" },
  {
    title: "Welcome message for the course",
    scene: "presenter",
    durationMs: minutes(2, 36),
    agoMs: 2 * DAY_MS,
    end: "ready",
    pinned: true,
  },
  {
    title: "How a byte gets to the disk",
    scene: "whiteboard",
    durationMs: minutes(26, 14),
    agoMs: 3 * DAY_MS,
    end: "ready",
  },
  {
    title: "Habit app, first click-through",
    scene: "phone",
    durationMs: minutes(5, 2),
    agoMs: 4 * DAY_MS,
    end: "ready",
  },
  {
    title: FAILED,
    scene: "mountains",
    durationMs: minutes(31, 0),
    agoMs: 8 * HOUR_MS,
    end: "failed",
  },
  {
    title: "Reading the probe's output",
    scene: "terminal",
    durationMs: minutes(8, 55),
    agoMs: 8 * DAY_MS,
    end: "ready",
  },
  { title: UNCOMPILED, scene: "call", durationMs: minutes(54, 9), agoMs: 19 * HOUR_MS, end: "stopped" },
];

/** Bytes of a second of each track, as browsers record 720p. */
const RATES = { video: 310_000, audio: 16_000 } as const;

/**
 * @param workFolder for pictures and films in the making
 * @returns ids of the administrator's recordings by their titles
 */
export async function seed(services: Services, workFolder: string): Promise<Record<string, string>> {
  const admin = (await needsSetup(services))
    ? await setUp(services, ADMIN)
    : await services.database.user.findFirstOrThrow({ where: { email: ADMIN.email } });
  await seedPeople(services, admin.id);
  await drawScenes(workFolder);
  const ids: Record<string, string> = {};
  for (const planned of PLAN) ids[planned.title] = await seedRecording(services, admin.id, planned, workFolder);
  const compiling = ids[COMPILING] as string;
  services.changes.publish({
    kind: "progress",
    recordingId: compiling,
    ownerId: admin.id,
    progress: { phase: "compiling", fraction: 0.64, etaMs: 41_000 },
  });
  return ids;
}

async function seedPeople(services: Services, adminId: string): Promise<void> {
  const principal = { userId: adminId, role: "admin", via: "session" } as const;
  await createUser(services, { ...NEWCOMER, role: "member" });
  const jonas = await createUser(services, {
    email: "jonas@example.org",
    name: "Jonas Lindqvist",
    password: ADMIN.password,
    role: "member",
  });
  await changeUser(services, jonas.id, { quotaBytes: 5_000_000_000 });
  const mira = await createUser(services, {
    email: "mira@example.org",
    name: "Mira Okafor",
    password: ADMIN.password,
    role: "member",
  });
  await changeUser(services, mira.id, { disabled: true });
  await changeUser(services, adminId, { quotaBytes: 10_000_000_000 });
  await createInvitation(services, principal, { email: "sam@example.org", role: "member", validHours: 72 });
  await createInvitation(services, principal, { role: "admin", validHours: 24 });
  await createToken(services, adminId, "Meeting-room recorder");
  const { id } = await createToken(services, adminId, "Nightly export");
  await services.database.apiToken.update({ where: { id }, data: { lastUsedAt: new Date(Date.now() - 7 * HOUR_MS) } });
}

async function seedRecording(
  services: Services,
  ownerId: string,
  planned: Planned,
  workFolder: string,
): Promise<string> {
  const { database } = services;
  const owner = { userId: ownerId };
  const kinds: TrackKind[] = planned.scene === null ? ["audio"] : ["video", "audio"];
  const id = await createRecording(services, owner, { title: planned.title, tracks: kinds });
  const createdAt = new Date(Date.now() - planned.agoMs - planned.durationMs);
  const cut = planned.interruptedAtMs;
  const takes = cut === undefined ? [planned.durationMs] : [cut, planned.durationMs - cut];
  for (const [index, lengthMs] of takes.entries()) {
    for (const kind of kinds) await seedTrack(services, id, index + 1, kind, lengthMs, planned.end !== "live");
  }
  await database.take.updateMany({ where: { recordingId: id }, data: { startedAt: createdAt } });
  if (cut !== undefined) {
    const startedAt = new Date(createdAt.getTime() + cut + 9000);
    await database.take.create({ data: { recordingId: id, number: 2, startedAt } });
  }
  // Further on than now, so that it counts as connected for as long as the pictures are taken.
  const lastByteAt = planned.end === "live" ? new Date(Date.now() + HOUR_MS) : createdAt;
  await database.recording.update({ where: { id }, data: { createdAt, lastByteAt } });
  if (planned.pinned) await changeRecording(services, owner, id, { pinned: true });
  if (planned.end === "live") return id;

  if (planned.end === "stopped") await database.recording.update({ where: { id }, data: { compileRequestedAt: null } });
  await stopRecording(services, id);
  const stoppedAt = new Date(createdAt.getTime() + planned.durationMs);
  await database.recording.update({ where: { id }, data: { stoppedAt, durationMs: planned.durationMs } });
  if (planned.end === "stopped") return id;
  await seedCompilation(services, id, planned, workFolder, stoppedAt);
  return id;
}

async function seedTrack(
  services: Services,
  id: string,
  take: number,
  kind: TrackKind,
  lengthMs: number,
  isFinished: boolean,
): Promise<void> {
  const mimeType = kind === "video" ? "video/x-matroska;codecs=avc1" : "audio/webm;codecs=opus";
  await beginTrack(services, id, take, kind, { mimeType });
  const { filename } = await services.database.track.findUniqueOrThrow({
    where: { recordingId_takeNumber_kind: { recordingId: id, takeNumber: take, kind } },
  });
  const sizeBytes = Math.round((lengthMs / 1000) * RATES[kind]) + 977;
  await inflate(services.folder.file(id, filename), sizeBytes, false);
  if (!isFinished) return;
  const sha256 = createHash("sha256").update(`${id}/${filename}`).digest("hex");
  await finishTrack(services, id, take, kind, { sizeBytes, sha256 });
}

async function seedCompilation(
  services: Services,
  id: string,
  planned: Planned,
  workFolder: string,
  stoppedAt: Date,
): Promise<void> {
  const { database, folder } = services;
  const { compileRequestedAt } = await database.recording.findUniqueOrThrow({ where: { id } });
  const claim = await claimCompilation(services, {
    recordingId: id,
    requestedAtMs: (compileRequestedAt as Date).getTime(),
  });
  if (claim === null) throw new Error(`${planned.title} could not be claimed`);
  if (planned.end === "failed") {
    await database.recording.update({
      where: { id },
      data: {
        state: "failed",
        failureCode: "unreadable_tracks",
        failureMessage: "The picture breaks off after the first seconds and cannot be read on from there.",
      },
    });
    return;
  }
  if (planned.end === "compiling") return;

  const picture = planned.scene === null ? null : path.join(workFolder, `${planned.scene}.png`);
  const work = await folder.makeWorkFolder(id, "seed");
  const mp4 = path.join(work, mp4Filename(id));
  const thumbnail = path.join(work, THUMBNAIL_FILENAME);
  const bytesPerSecond = picture === null ? RATES.audio : RATES.audio + RATES.video;
  await makeMp4(picture, planned.durationMs, mp4);
  await inflate(mp4, Math.round((planned.durationMs / 1000) * bytesPerSecond), true);
  await makeThumbnail(picture, thumbnail);
  const made = [];
  for (const [kind, workFile, contentType] of [
    ["mp4", mp4, "video/mp4"],
    ["thumbnail", thumbnail, "image/jpeg"],
  ] as const) {
    const filename = path.basename(workFile);
    const isFilm = kind === "mp4";
    made.push({
      kind,
      filename,
      contentType,
      workFile,
      sizeBytes: BigInt((await stat(workFile)).size),
      sha256: await sha256OfFile(workFile),
      durationMs: isFilm ? planned.durationMs : null,
      width: picture === null ? null : isFilm ? 1280 : 640,
      height: picture === null ? null : isFilm ? 720 : 360,
      videoCodec: isFilm && picture !== null ? "h264" : null,
      audioCodec: isFilm ? "aac" : null,
    });
  }
  const cut = planned.interruptedAtMs;
  await publishCompilation(services, claim, made, {
    durationMs: planned.durationMs,
    width: picture === null ? null : 1280,
    height: picture === null ? null : 720,
    gaps:
      cut === undefined
        ? []
        : [{ kind: null, fromMs: cut, toMs: cut + 9000, code: "page_closed", cause: GAP_CAUSES.page_closed }],
  });
  await folder.removeWorkFolder(id);
  await database.recording.update({ where: { id }, data: { readyAt: new Date(stoppedAt.getTime() + 900) } });
}
