/** All recordings of snapshots that this process writes: begun, found again, ended, and looked at while they run. */
import { AppError } from "@/lib/domain/errors";
import { trackFilename } from "@/lib/domain/names";
import type { SourceTime } from "@/lib/domain/snapshot-clock";
import type { StoredSnapshot } from "@/lib/media/snapshot-track";
import type { RunningSnapshots } from "@/lib/protocol/snapshots";
import type { Principal } from "@/lib/server/auth/authenticate";
import { whenDatabaseIsBack } from "@/lib/server/database/away";
import type { FocusSession } from "@/lib/server/database/client";
import { openMedia } from "@/lib/server/recordings/media";
import type { Services } from "@/lib/server/services";
import { endFocusSession, findFocusSession } from "@/lib/server/snapshots/focus-sessions";
import { resumeSnapshotTrack } from "@/lib/server/snapshots/resume-track";
import {
  createSnapshotRecording,
  listSnapshotRecordings,
  noteSnapshotsEnd,
  type SnapshotOptions,
} from "@/lib/server/snapshots/snapshot-recordings";
import type { Ingest } from "@/server/ingest/ingest";
import { LiveSnapshots, type SnapshotListener } from "@/server/snapshots/live-snapshots";

/** What nobody has asked for this long is read from the disk again when somebody does. */
const FORGET_MS = 10 * 60_000;
const LOOK_MS = 60_000;

const REPLACED = new AppError("conflict", "replaced", "This session is being sent over another connection.");

/** What became of a recording that was ended. */
export interface EndedSnapshots {
  recordingId: string;
  durationMs: number;
  snapshots: number;
}

export class SnapshotDesk {
  readonly #services: Services;
  readonly #ingest: Ingest;
  /** By session. */
  readonly #live = new Map<string, Promise<LiveSnapshots | null>>();
  /** What the analyzer last said of a session. */
  readonly detections = new Map<string, Record<string, unknown>>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;

  constructor(services: Services, ingest: Ingest) {
    this.#services = services;
    this.#ingest = ingest;
    this.#timer = setInterval(() => void this.#forgetIdle(), LOOK_MS);
    this.#unsubscribe = services.changes.subscribe((change) => {
      if (change.kind === "deleted") void this.#forget(change.recordingId);
    });
  }

  /** The recording of a session that runs; null: there is none. */
  async running(principal: Pick<Principal, "userId">, sessionId: string): Promise<LiveSnapshots | null> {
    const known = this.#live.get(sessionId);
    if (known !== undefined) {
      const live = await known;
      if (live !== null && !live.isOver) return live;
    }
    const finding = this.#find(principal, sessionId);
    this.#live.set(sessionId, finding);
    const found = await finding.catch((error) => {
      this.#live.delete(sessionId);
      throw error;
    });
    if (found === null && this.#live.get(sessionId) === finding) this.#live.delete(sessionId);
    return found;
  }

  /** The same, without asking the database: begun or found by somebody before. */
  async known(sessionId: string): Promise<LiveSnapshots | null> {
    const live = await this.#live.get(sessionId);
    return live == null || live.isOver ? null : live;
  }

  /** Begins a recording, or finds the one that runs. @throws {AppError} conflict when the session has ended */
  async begin(principal: Principal, session: FocusSession, options: SnapshotOptions): Promise<LiveSnapshots> {
    if (session.endedAt !== null) throw new AppError("conflict", "session_ended", "This session has ended.");
    const running = await this.running(principal, session.id);
    if (running !== null) return running;
    const making = createSnapshotRecording(this.#services, principal, session, options).then(
      (recordingId) => new LiveSnapshots({ recordingId, sessionId: session.id, ownerId: principal.userId }),
    );
    this.#live.set(session.id, making);
    making.catch(() => this.#live.delete(session.id));
    return making;
  }

  /** Opens the track of a recording for a connection. @throws {AppError} when it has ended or cannot be written */
  async attach(principal: Principal, live: LiveSnapshots, listener: SnapshotListener | null): Promise<void> {
    const key = { recordingId: live.recordingId, kind: "video", take: 1 } as const;
    await this.#ingest.admit(principal, key);
    const track = await this.#ingest.openTrack(key, principal.userId);
    live.attach(track, listener, REPLACED);
  }

  /**
   * Ends the recording of a session that runs.
   *
   * @param time when it ended by its source's clock; null: now
   * @returns null when there is none
   * @throws {AppError} when that cannot be made durable
   */
  async end(principal: Principal, sessionId: string, time: SourceTime | null): Promise<EndedSnapshots | null> {
    const live = await this.running(principal, sessionId);
    if (live === null) return null;
    const { recordingId } = live;
    const durationMs = live.stored.length === 0 ? 0 : live.end(time);
    live.isOver = true;
    await whenDatabaseIsBack(() => noteSnapshotsEnd(this.#services, recordingId, durationMs));
    const key = { recordingId, kind: "video", take: 1 } as const;
    const track = live.track ?? (await this.#ingest.openTrack(key, live.ownerId));
    await this.#ingest.finishTrack(track);
    live.release();
    this.#live.delete(sessionId);
    this.detections.delete(sessionId);
    return { recordingId, durationMs, snapshots: live.stored.length };
  }

  /** The same, where there is to be one. @throws {AppError} conflict when there is none */
  async expectEnd(principal: Principal, sessionId: string): Promise<EndedSnapshots> {
    const ended = await this.end(principal, sessionId, null);
    if (ended === null) throw new AppError("conflict", "not_recording", "This session is not being recorded.");
    return ended;
  }

  /** Ends a session with its recording. @throws {AppError} not_found */
  async endSession(principal: Principal, sessionId: string): Promise<void> {
    await findFocusSession(this.#services, principal, sessionId);
    await this.end(principal, sessionId, null);
    await endFocusSession(this.#services, sessionId);
  }

  /** The principal's recordings of snapshots that run, newest first. */
  async list(principal: Principal): Promise<RunningSnapshots[]> {
    const rows = await listSnapshotRecordings(this.#services, principal, { state: "recording" });
    return Promise.all(
      rows.map(async ({ id, createdAt, snapshots: { session } }) => {
        const live = await this.running(principal, session.id);
        const isIt = live?.recordingId === id;
        return {
          recordingId: id,
          sessionId: session.id,
          name: session.name,
          subject: session.subject,
          startedAt: createdAt.toISOString(),
          connected: isIt && live.isConnected,
          snapshots: isIt ? live.stored.length : 0,
          durationMs: isIt ? live.durationMs : 0,
          width: live?.size?.width ?? null,
          height: live?.size?.height ?? null,
          detection: this.detections.get(session.id) ?? null,
        };
      }),
    );
  }

  /**
   * Where the snapshot lies that is shown at a media time of a recording that runs.
   *
   * @param atMs null: the last one
   * @throws {AppError} not_found
   */
  async picture(
    principal: Principal,
    recordingId: string,
    atMs: number | null,
  ): Promise<StoredSnapshot & { file: string }> {
    const filename = trackFilename("video", 1);
    const { file } = await openMedia(this.#services, principal, recordingId, { track: filename }, false);
    const row = await this.#services.database.snapshotRecording.findUnique({ where: { recordingId } });
    const live = row === null ? null : await this.running(principal, row.sessionId);
    const snapshot = live?.recordingId === recordingId ? live.shownAt(atMs) : null;
    if (snapshot === null) throw new AppError("not_found", "no_picture", "There is no picture of it now.");
    return { ...snapshot, file };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  async #find(principal: Pick<Principal, "userId">, sessionId: string): Promise<LiveSnapshots | null> {
    const [row] = await listSnapshotRecordings(this.#services, principal, { sessionId, state: "recording" });
    if (row === undefined) return null;
    // A track that is open here is whole: its bytes are on their way to the disk.
    const key = { recordingId: row.id, kind: "video", take: 1 } as const;
    const resumed = await this.#ingest.betweenWriters(key, () =>
      resumeSnapshotTrack(this.#services.folder.file(row.id, trackFilename("video", 1))),
    );
    return new LiveSnapshots({ recordingId: row.id, sessionId, ownerId: principal.userId }, resumed);
  }

  async #forgetIdle(): Promise<void> {
    for (const [sessionId, finding] of this.#live) {
      const live = await finding.catch(() => null);
      if (live === null || (!live.isConnected && performance.now() - live.lastUsedAtMs > FORGET_MS)) {
        live?.release();
        this.#live.delete(sessionId);
      }
    }
  }

  async #forget(recordingId: string): Promise<void> {
    for (const [sessionId, finding] of this.#live) {
      const live = await finding.catch(() => null);
      if (live?.recordingId === recordingId) this.#live.delete(sessionId);
    }
  }
}
