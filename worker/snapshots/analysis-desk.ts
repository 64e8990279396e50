/**
 * Looks at the snapshots of sessions that run. Every worker hears of every snapshot; a lease in Redis says which one looks
 * at a session. Of what comes while an analyzer is busy only the newest is kept.
 */
import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import { connectRedis, redisUrlOf } from "@/lib/server/queue/redis";
import type { Services } from "@/lib/server/services";
import { type AnalysisFrame, receiveFrames, sendResult } from "@/lib/server/snapshots/analysis-link";
import type { Analyzer, SessionAnalysis } from "@/worker/snapshots/analyzer";
import { GreyDecoder } from "@/worker/snapshots/grey-decoder";
import { pictureAnalyzer } from "@/worker/snapshots/picture-analyzer";

/** All of them look at each snapshot; a further one is added here. */
export const ANALYZERS: readonly Analyzer[] = [pictureAnalyzer];

/** A worker that died loses its sessions after this. */
const LEASE_MS = 10_000;
const RENEW_MS = LEASE_MS / 3;
/** Nothing came for so long: the session is over, or paused. */
const IDLE_MS = 15_000;
/** Each session has an FFmpeg of its own; more are not looked at. */
const MAX_SESSIONS = 64;

interface Session {
  decoder: GreyDecoder;
  analyses: SessionAnalysis[];
  next: AnalysisFrame | null;
  isBusy: boolean;
  lastAtMs: number;
}

export class AnalysisDesk {
  readonly #services: Services;
  readonly #analyzers: readonly Analyzer[];
  readonly #subscriber: Redis;
  readonly #id = randomUUID();
  readonly #sessions = new Map<string, Session>();
  /** Sessions that another worker has, and until when that is believed, by performance.now(). */
  readonly #others = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(services: Services, analyzers: readonly Analyzer[] = ANALYZERS) {
    this.#services = services;
    this.#analyzers = analyzers;
    this.#subscriber = connectRedis(redisUrlOf(services.config), "consumer", services.log);
    receiveFrames(this.#subscriber, (frame) => void this.#take(frame));
    this.#timer = setInterval(() => void this.#keep(), RENEW_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#subscriber.disconnect();
    await Promise.all([...this.#sessions.keys()].map((sessionId) => this.#drop(sessionId)));
  }

  async #take(frame: AnalysisFrame): Promise<void> {
    const { sessionId } = frame;
    const session = this.#sessions.get(sessionId) ?? (await this.#begin(sessionId));
    if (session === null) return;
    session.next = frame;
    session.lastAtMs = performance.now();
    if (session.isBusy) return;
    session.isBusy = true;
    try {
      for (let next: AnalysisFrame | null = frame; next !== null; next = session.next) {
        session.next = null;
        await this.#analyze(session, next);
        // Dropped meanwhile.
        if (this.#sessions.get(sessionId) !== session) return;
      }
    } catch (error) {
      this.#services.log.warn({ sessionId, error: String(error) }, "a snapshot could not be analyzed");
    } finally {
      session.isBusy = false;
    }
  }

  async #analyze({ decoder, analyses }: Session, frame: AnalysisFrame): Promise<void> {
    const picture = await decoder.decode(frame.jpeg);
    if (picture === null) return;
    const { sessionId, sequence } = frame;
    const found = await Promise.all(analyses.map((each) => each.analyze({ ...frame, ...picture })));
    sendResult(this.#services.redis, { sessionId, sequence, detection: Object.assign({}, ...found) });
  }

  /** @returns null when another worker has it, or there are too many */
  async #begin(sessionId: string): Promise<Session | null> {
    if (this.#sessions.size >= MAX_SESSIONS) return null;
    if ((this.#others.get(sessionId) ?? 0) > performance.now()) return null;
    // Taken for another's while it is asked for, so that it is asked for once.
    this.#others.set(sessionId, performance.now() + RENEW_MS);
    const { config, redis } = this.#services;
    const lease = await redis.set(leaseOf(sessionId), this.#id, "PX", LEASE_MS, "NX").catch(() => null);
    if (lease === null) return null;
    this.#others.delete(sessionId);
    const session: Session = {
      decoder: new GreyDecoder(ffmpegOf(config, 1), config.COMPILE_MAX_PIXELS),
      analyses: this.#analyzers.map((analyzer) => analyzer.begin(sessionId)),
      next: null,
      isBusy: false,
      lastAtMs: performance.now(),
    };
    this.#sessions.set(sessionId, session);
    return session;
  }

  async #keep(): Promise<void> {
    const now = performance.now();
    for (const [sessionId, untilMs] of this.#others) if (untilMs <= now) this.#others.delete(sessionId);
    for (const [sessionId, { lastAtMs }] of this.#sessions) {
      if (now - lastAtMs > IDLE_MS) await this.#drop(sessionId);
      else await this.#services.redis.pexpire(leaseOf(sessionId), LEASE_MS).catch(() => {});
    }
  }

  async #drop(sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    await session?.decoder.close();
    await this.#services.redis.del(leaseOf(sessionId)).catch(() => {});
  }
}

function leaseOf(sessionId: string): string {
  return `tapedeck:snapshots:lease:${sessionId}`;
}
