/** SHA-256 of bytes as they come. The browser's own digest wants all of them at once. */

export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** Hex; ends the digest. */
  digest(): string;
}

/** @returns null where WebAssembly is not allowed; the digest is a check more, and not needed */
export async function startDigest(): Promise<RunningDigest | null> {
  try {
    const { createSHA256 } = await import("hash-wasm");
    const hash = await createSHA256();
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
  } catch {
    return null;
  }
}
