/**
 * The product's own code over a model of a disk, with a real SQLite as its database: what it does is recorded as a row of
 * moments, each with the disk as it was, the rows that were committed, and the bytes that were acknowledged.
 *
 * The database is taken to keep its own promise: a row is durable when its call returns (PRAGMA synchronous = FULL).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { CHECKED_PARTS, type CheckedRecording } from "@/lib/server/check/examine-recording";
import { type Config, loadConfig } from "@/lib/server/config/load";
import { openDatabase } from "@/lib/server/database/client";
import { migrate } from "@/lib/server/database/migrate";
import type { Services } from "@/lib/server/services";
import { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import { ModelDisk } from "@/tests/torture/powerloss-disk";
import { MODEL_ROOT, type ModelOptions, mount } from "@/tests/torture/powerloss-file-system";

/** What is true for everybody outside the disk at one instant. */
export interface Facts {
  rows: CheckedRecording[];
  /** Recordings that had a row and have none any more. */
  deleted: string[];
  /** Bytes of each track that the source was told are durable, by recording and file name. */
  acknowledged: Record<string, number>;
}

export interface Moment {
  /** The call that was made last. */
  after: string;
  disk: ModelDisk;
  facts: Facts;
}

export class World {
  readonly services: Services;
  readonly moments: Moment[] = [];
  readonly userId: string;
  #facts: Facts = { rows: [], deleted: [], acknowledged: {} };
  #disk = new ModelDisk();
  #isRecording = false;
  readonly #dispose: () => Promise<void>;

  private constructor(services: Services, userId: string, dispose: () => Promise<void>) {
    this.services = services;
    this.userId = userId;
    this.#dispose = dispose;
  }

  static async open(): Promise<World> {
    const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-powerloss-"));
    const url = `file:${path.join(folder, "rows.db")}`;
    await migrate(url);
    const plain = await openDatabase(url);
    let world: World | null = null;
    const database = plain.$extends({
      query: {
        $allOperations: async ({ operation, args, query }) => {
          const result = await query(args);
          // A read changes nothing; every write is a moment of its own.
          if (!/^(find|count|aggregate|group|\$query)/.test(operation)) await world?.noteRows();
          return result;
        },
      },
    });
    const config: Config = loadConfig({
      ENV_FILE: devNull,
      RECORDINGS_DIR: MODEL_ROOT,
      DATA_DIR: folder,
      DATABASE_URL: url,
      MIN_FREE_BYTES: "0",
    });
    const nobody = { publish() {}, subscribe: () => () => {} };
    const services = {
      config,
      log: pino({ level: "silent" }),
      database,
      folder: new RecordingsFolder(MODEL_ROOT),
      // The queue and the feed are hints (docs/invariants.md, 5): nothing depends on them here.
      changes: nobody,
      compileQueue: { add: async () => {} },
      followQueue: { add: async () => {} },
      plain,
    } as unknown as Services & { plain: typeof plain };
    const user = await plain.user.create({
      data: { id: "owner", email: "owner@example.org", name: "Owner", role: "member" },
    });
    world = new World(services, user.id, async () => {
      await plain.$disconnect();
      await rm(folder, { recursive: true, force: true });
    });
    return world;
  }

  /** An empty disk and database. */
  async reset(): Promise<void> {
    this.#isRecording = false;
    this.#disk = new ModelDisk();
    mount(this.#disk);
    await this.services.database.recording.deleteMany({});
    this.#facts = { rows: [], deleted: [], acknowledged: {} };
    this.moments.length = 0;
  }

  /** From now on every change is a moment; what was there before is durable. */
  record(options: Omit<ModelOptions, "onStep"> = {}): void {
    this.#disk.syncAll();
    this.#isRecording = true;
    mount(this.#disk, { ...options, onStep: (what) => this.#note(what) });
    this.#note("nothing yet");
  }

  /** The source is told that everything before `offset` is durable. */
  acknowledge(recordingId: string, filename: string, offset: number): void {
    this.#facts.acknowledged[`${recordingId}/${filename}`] = offset;
    this.#note(`acknowledgement of ${offset}`);
  }

  /** What the source was told last, in bytes. */
  acknowledged(recordingId: string, filename: string): number {
    return this.#facts.acknowledged[`${recordingId}/${filename}`] ?? 0;
  }

  async noteRows(): Promise<void> {
    const { plain } = this.services as Services & { plain: Services["database"] };
    const rows = await plain.recording.findMany({ include: CHECKED_PARTS });
    const ids = new Set(rows.map(({ id }) => id));
    this.#facts.deleted.push(...this.#facts.rows.map(({ id }) => id).filter((id) => !ids.has(id)));
    this.#facts.rows = rows;
    this.#note("commit");
  }

  #note(after: string): void {
    if (!this.#isRecording) return;
    this.moments.push({ after, disk: this.#disk.snapshot(), facts: structuredClone(this.#facts) });
  }

  async dispose(): Promise<void> {
    await this.#dispose();
  }
}

/** What the source of a track sends: no byte is 0, and each track has its own. */
export function sourceOf(kind: string, take = 1): Buffer {
  const first = 1 + 32 * TRACK_KINDS.indexOf(kind as TrackKind) + 64 * (take - 1);
  return Buffer.from(Array.from({ length: 14 }, (_, index) => first + index));
}
