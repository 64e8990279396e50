/**
 * Recordings for sources that name none. Such a source opens two sockets and sends bytes on both; nothing says that
 * they belong together. They are put into one recording when the same user opens them from the same address within a
 * few seconds and there is only one recording they could belong to.
 */
import type { TrackKind } from "@/lib/domain/recording-state";
import type { Principal } from "@/lib/server/auth/authenticate";
import { createRecording } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";

const PAIRING_MS = 10_000;

interface Candidate {
  recordingId: Promise<string>;
  kinds: Set<TrackKind>;
  openedAtMs: number;
}

export class ImplicitSessions {
  readonly #services: Services;
  readonly #candidates = new Map<string, Candidate[]>();

  constructor(services: Services) {
    this.#services = services;
  }

  /**
   * @param address network address of the source
   * @returns id of the recording that the track belongs to, made when there is none
   * @throws {AppError} when no recording can be made
   */
  async recordingFor(principal: Principal, address: string, kind: TrackKind): Promise<string> {
    const source = `${principal.userId}|${address}`;
    const now = Date.now();
    const recent = (this.#candidates.get(source) ?? []).filter(({ openedAtMs }) => now - openedAtMs < PAIRING_MS);
    const matching = recent.filter(({ kinds }) => !kinds.has(kind));
    if (matching.length === 1) {
      const [candidate] = matching as [Candidate];
      candidate.kinds.add(kind);
      return candidate.recordingId;
    }
    // In the list before it is made, so that a socket opened at the same instant finds it.
    const recordingId = createRecording(this.#services, principal, { tracks: [] });
    const candidate: Candidate = { recordingId, kinds: new Set([kind]), openedAtMs: now };
    this.#candidates.set(source, [...recent, candidate]);
    const forget = () => {
      const rest = (this.#candidates.get(source) ?? []).filter((other) => other !== candidate);
      if (rest.length === 0) this.#candidates.delete(source);
      else this.#candidates.set(source, rest);
    };
    setTimeout(forget, PAIRING_MS).unref();
    recordingId.catch(forget);
    return recordingId;
  }
}
