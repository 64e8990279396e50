/** From rows to the resource of the API. */
import { existsSync } from "node:fs";
import { type ExtraKind, type ExtraState, isOutputOf } from "@/lib/domain/extras";
import { gapCause } from "@/lib/domain/gap-causes";
import { takeBeginning } from "@/lib/domain/gap-ledger";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import { hasNoFileYet, type RecordingState, type Source, type TrackKind } from "@/lib/domain/recording-state";
import { whenDue } from "@/lib/domain/retention";
import type { RecordingResource } from "@/lib/protocol/recordings";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";

/** A recording counts as live this long after its last bytes; `lastByteAt` is refreshed every 5 s. */
const LIVE_MS = 15_000;

export function describeRecording(services: Services, row: RecordingWithParts): RecordingResource {
  const { config, progress, extraProgress } = services;
  const state = row.state as RecordingState;
  const iso = (date: Date | null) => date?.toISOString() ?? null;
  const expiresAt = whenDue(
    { ...row, state, ownerRetentionHours: row.owner.retentionHours },
    { rawHours: config.RAW_RETENTION_HOURS, readyHours: config.READY_RETENTION_HOURS },
  );
  const base = `/api/v1/recordings/${row.id}`;
  const outputs = row.outputs.map((output) => ({
    kind: output.kind,
    filename: output.filename,
    contentType: output.contentType,
    sizeBytes: Number(output.sizeBytes),
    sha256: output.sha256,
    durationMs: output.durationMs,
    width: output.width,
    height: output.height,
    videoCodec: output.videoCodec,
    audioCodec: output.audioCodec,
    url: outputUrl(base, output),
  }));
  return {
    id: row.id,
    title: row.title,
    source: row.source as Source,
    state,
    live: state === "recording" && Date.now() - (row.lastByteAt ?? row.createdAt).getTime() < LIVE_MS,
    createdAt: row.createdAt.toISOString(),
    stoppedAt: iso(row.stoppedAt),
    readyAt: iso(row.readyAt),
    expiresAt: iso(expiresAt),
    compileRequested: row.compileRequestedAt !== null,
    durationMs: row.durationMs,
    width: row.width,
    height: row.height,
    sizeBytes: Number(row.sizeBytes),
    pinned: row.pinned,
    retentionHours: row.retentionHours,
    progress:
      state === "compiling" || (state === "stopped" && row.compileRequestedAt !== null)
        ? (progress.get(row.id) ?? { phase: "queued", fraction: 0, etaMs: null })
        : null,
    failure: row.failureCode === null ? null : { code: row.failureCode, message: row.failureMessage ?? "" },
    downloadUrl: state === "ready" ? (outputs.find(({ kind }) => kind === "mp4")?.url ?? null) : null,
    thumbnailUrl: outputs.find(({ kind }) => kind === "thumbnail")?.url ?? null,
    liveUrl: isWatchable(services, row) ? `${base}/live/index.m3u8` : null,
    takes: row.takes.map(({ number, startedAt, cause }) => ({
      number,
      startedAt: startedAt.toISOString(),
      cause: cause === null ? null : gapCause(cause),
      fromMs: state === "ready" ? takeBeginning(row.id, number, row.gaps) : null,
    })),
    tracks: row.tracks.map((track) => ({
      take: track.takeNumber,
      kind: track.kind as TrackKind,
      filename: track.filename,
      mimeType: track.mimeType,
      sizeBytes: Number(track.sizeBytes),
      sha256: track.sha256,
      finishedAt: iso(track.finishedAt),
      removedAt: iso(track.removedAt),
    })),
    outputs,
    extras: row.extras.map(({ kind, state: extraState, failureMessage }) => ({
      kind: kind as ExtraKind,
      state: extraState as ExtraState,
      progress: extraState === "waiting" ? (extraProgress.get(row.id)?.[kind as ExtraKind] ?? null) : null,
      failure: failureMessage,
    })),
    gaps: row.gaps.map(({ kind, fromMs, toMs, code, cause }) => ({
      kind: kind as TrackKind | null,
      fromMs,
      toMs,
      code: gapCause(code),
      cause,
    })),
  };
}

function outputUrl(base: string, { kind, filename, sha256 }: RecordingWithParts["outputs"][number]): string {
  if (kind === "mp4") return `${base}/file`;
  // Playlists name files beside them.
  if (isOutputOf("adaptive", kind)) return `${base}/hls/${filename}`;
  // The digest makes the address of changed content a new one, so that it may be cached.
  return `${base}/${kind}?v=${sha256.slice(0, 8)}`;
}

/** Whether it is compiled while it runs, so that it can be watched. The file is the truth, and looked for in few. */
export function isWatchable({ folder }: Services, { id, state }: Pick<RecordingWithParts, "id" | "state">): boolean {
  return hasNoFileYet(state) && existsSync(folder.file(id, LIVE_INDEX_FILENAME));
}
