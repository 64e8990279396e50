/** Limits on guessing: per address and account at sign-in, per address for everything that takes a secret. */
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import { AppError } from "@/lib/domain/errors";
import type { Services } from "@/lib/server/services";

/** What is limited: how many tries in which time. */
const LIMITS = {
  /** One account from one address. */
  signInAccount: { points: 10, duration: 15 * 60 },
  /** One address, whatever the account. */
  signInAddress: { points: 50, duration: 15 * 60 },
  /** Set-up and invitations, per address. */
  secretAddress: { points: 30, duration: 15 * 60 },
  /** The password of one share link, from one address. */
  shareAddress: { points: 10, duration: 15 * 60 },
  /** The password of one share link, whoever tries. */
  share: { points: 200, duration: 15 * 60 },
} as const;

export type Limit = keyof typeof LIMITS;

const limiters = new WeakMap<Services, Map<Limit, RateLimiterAbstract>>();

/**
 * Counts one try.
 *
 * @throws {AppError} rate_limited with `retryAfterSeconds`
 */
export async function countTry(services: Services, limit: Limit, key: string): Promise<void> {
  try {
    await limiter(services, limit).consume(key.toLowerCase());
  } catch (rejection) {
    if (rejection instanceof Error) throw rejection;
    const seconds = Math.ceil((rejection as { msBeforeNext: number }).msBeforeNext / 1000);
    throw new AppError("rate_limited", "too_many_tries", "Too many tries. Wait a few minutes and try again.", {
      facts: { retryAfterSeconds: seconds },
    });
  }
}

/** Does not count a try that succeeded: an office or a family behind one address signs in as often as it likes. */
export async function takeTryBack(services: Services, limit: Limit, key: string): Promise<void> {
  await limiter(services, limit).reward(key.toLowerCase());
}

/** Forgets the tries after a success. */
export async function forgetTries(services: Services, limit: Limit, key: string): Promise<void> {
  await limiter(services, limit).delete(key.toLowerCase());
}

/** In Redis, so that all servers count together; in memory while Redis is away, so that it is never open. */
function limiter(services: Services, limit: Limit): RateLimiterAbstract {
  let own = limiters.get(services);
  if (own === undefined) limiters.set(services, (own = new Map()));
  let found = own.get(limit);
  if (found === undefined) {
    found = new RateLimiterRedis({
      storeClient: services.redis,
      keyPrefix: `tapedeck:limit:${limit}`,
      ...LIMITS[limit],
      insuranceLimiter: new RateLimiterMemory(LIMITS[limit]),
    });
    own.set(limit, found);
  }
  return found;
}
