/** Credentials as they are kept: encrypted, so that a copy of the database alone gives none of them away. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "@/lib/domain/errors";

const VERSION = "v1";
/** NIST SP 800-38D §8.2: 96 bits, random. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

export class Sealer {
  readonly #key: Buffer;

  /** @param secret the installation's SECRET; the key is derived from it (HKDF, RFC 5869), so that it serves this alone */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync("sha256", secret, "", "tapedeck credentials at rest", 32));
  }

  /**
   * Encrypts a text (AES-256-GCM).
   *
   * @param context what it belongs to, as `camera:ID`: it opens only as that, so that rows cannot be exchanged
   */
  seal(text: string, context: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return `${VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url")}`;
  }

  /**
   * Decrypts what {@link seal} made.
   *
   * @throws {AppError} conflict `credentials_unreadable` when the secret has changed, or it was sealed for another
   */
  open(sealed: string, context: string): string {
    try {
      const [version, encoded = ""] = sealed.split(".");
      if (version !== VERSION) throw new Error(`sealed by another version: ${version}`);
      const bytes = Buffer.from(encoded, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch (error) {
      throw new AppError(
        "conflict",
        "credentials_unreadable",
        "The stored credentials cannot be read any more, because the server's secret has changed. Enter them again.",
        { detail: `${context}: ${(error as Error).message}` },
      );
    }
  }
}
