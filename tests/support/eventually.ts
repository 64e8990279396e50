/** Waiting in tests for what another process does. */
import { vi } from "vitest";
import { HANGS_AFTER_MS } from "@/tests/support/processes";

/** Looks again and again until nothing is thrown. @returns what the look returned then */
export function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: HANGS_AFTER_MS, interval: 50 });
}
