/**
 * An object store that speaks S3. Files are streamed in parts, each with its Content-MD5, which the store must check. What
 * it keeps is compared afterwards: by the ETag where that is the MD5 it usually is, else by reading the object back.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { AppError } from "@/lib/domain/errors";
import type { Config } from "@/lib/server/config/load";
import {
  checkKey,
  fileChanged,
  type ObjectFacts,
  type ObjectStore,
  objectNotFound,
  type StoredFile,
  storeFailed,
} from "@/lib/server/storage/object-store";

/** A file up to this long is one request; longer ones go in parts of it. S3 allows 10,000 parts: 640 GB. */
const PART_BYTES = 64 * 1024 ** 2;
const MAX_TRIES = 3;
const RETRY_MS = 500;
const CONNECT_TIMEOUT_MS = 5000;
/** Nothing moved for this long. */
const SILENT_TIMEOUT_MS = 60_000;

export type S3Settings = Pick<
  Config,
  | "S3_ENDPOINT"
  | "S3_BUCKET"
  | "S3_REGION"
  | "S3_ACCESS_KEY_ID"
  | "S3_SECRET_ACCESS_KEY"
  | "S3_PREFIX"
  | "S3_FORCE_PATH_STYLE"
>;

const silent = () => {};
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

interface Part {
  number: number;
  start: number;
  length: number;
  md5: Buffer;
}

export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #partBytes: number;
  readonly #retryMs: number;

  constructor(settings: S3Settings, { partBytes = PART_BYTES, retryMs = RETRY_MS } = {}) {
    this.#client = new S3Client({
      ...(settings.S3_ENDPOINT === "" ? {} : { endpoint: settings.S3_ENDPOINT }),
      region: settings.S3_REGION,
      credentials: { accessKeyId: settings.S3_ACCESS_KEY_ID, secretAccessKey: settings.S3_SECRET_ACCESS_KEY },
      forcePathStyle: settings.S3_FORCE_PATH_STYLE,
      // The SDK's own checksums come as trailers, which one store kept as part of the object.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // A stream cannot be sent twice: parts are tried again here.
      maxAttempts: 1,
      // It would write to standard error; what fails is in the errors.
      logger: SILENT,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENT_TIMEOUT_MS },
    });
    this.#bucket = settings.S3_BUCKET;
    this.#prefix = settings.S3_PREFIX === "" ? "" : `${settings.S3_PREFIX.replace(/^\/+|\/+$/g, "")}/`;
    this.#partBytes = partBytes;
    this.#retryMs = retryMs;
  }

  async put(key: string, source: StoredFile, signal?: AbortSignal): Promise<void> {
    try {
      const parts = await this.#readParts(source);
      if (await this.#isStored(key, source, parts)) return;
      const only = parts.length === 1 ? parts[0] : undefined;
      if (only !== undefined) await this.#putWhole(key, source, only, signal);
      else await this.#putParts(key, source, parts, signal);
      if (await this.#isStored(key, source, parts)) return;
    } catch (error) {
      throw storeFailed(error, `put ${key}`);
    }
    throw new AppError("unavailable", "object_differs", "The object store did not keep what it was given.", {
      detail: key,
    });
  }

  async head(key: string): Promise<ObjectFacts | null> {
    const head = await this.#head(key).catch((error) => {
      throw storeFailed(error, `head ${key}`);
    });
    return head === null ? null : { sizeBytes: head.ContentLength ?? 0, sha256: head.Metadata?.sha256 ?? null };
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const Range = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` };
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#where(key), ...Range }));
      return Body as Readable;
    } catch (error) {
      throw isMissing(error) ? objectNotFound(key) : storeFailed(error, `read ${key}`);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#where(key)));
    } catch (error) {
      if (!isMissing(error)) throw storeFailed(error, `delete ${key}`);
    }
  }

  #where(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${checkKey(key)}` };
  }

  async #head(key: string) {
    try {
      return await this.#client.send(new HeadObjectCommand(this.#where(key)));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** The digests of the parts; the file's own is compared on the way, so that what is stored is what was recorded. */
  async #readParts({ file, sizeBytes, sha256 }: StoredFile): Promise<Part[]> {
    const { size } = await fs.stat(file);
    if (size !== sizeBytes) throw fileChanged(file, `${size} bytes instead of ${sizeBytes}`);
    const whole = createHash("sha256");
    const parts: Part[] = [];
    for (let start = 0; start === 0 || start < size; start += this.#partBytes) {
      const length = Math.min(this.#partBytes, size - start);
      const md5 = createHash("md5");
      if (length > 0) {
        for await (const bytes of createReadStream(file, {
          start,
          end: start + length - 1,
          highWaterMark: 1024 ** 2,
        })) {
          md5.update(bytes);
          whole.update(bytes);
        }
      }
      parts.push({ number: parts.length + 1, start, length, md5: md5.digest() });
    }
    const digest = whole.digest("hex");
    if (digest !== sha256) throw fileChanged(file, `digest ${digest} instead of ${sha256}`);
    return parts;
  }

  /** Whether the store has exactly these bytes. */
  async #isStored(key: string, { sizeBytes, sha256 }: StoredFile, parts: readonly Part[]): Promise<boolean> {
    const head = await this.#head(key);
    if (head === null || head.ContentLength !== sizeBytes || head.Metadata?.sha256 !== sha256) return false;
    if (head.ETag?.replaceAll('"', "") === expectedETag(parts)) return true;
    // Encrypted with keys of its own, or a store with other ETags: only the bytes themselves can tell.
    const hash = createHash("sha256");
    for await (const bytes of await this.read(key)) hash.update(bytes);
    return hash.digest("hex") === sha256;
  }

  async #putWhole(key: string, source: StoredFile, part: Part, signal?: AbortSignal): Promise<void> {
    await this.#retrying(signal, () =>
      this.#client.send(
        new PutObjectCommand({
          ...this.#where(key),
          ...this.#body(source, part),
          ContentType: source.contentType,
          Metadata: { sha256: source.sha256 },
        }),
        abortable(signal),
      ),
    );
  }

  async #putParts(key: string, source: StoredFile, parts: readonly Part[], signal?: AbortSignal): Promise<void> {
    await this.#abortLeft(key);
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({
        ...this.#where(key),
        ContentType: source.contentType,
        Metadata: { sha256: source.sha256 },
      }),
    );
    const upload = { ...this.#where(key), UploadId };
    try {
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for (const part of parts) {
        const { ETag } = await this.#retrying(signal, () =>
          this.#client.send(
            new UploadPartCommand({ ...upload, ...this.#body(source, part), PartNumber: part.number }),
            abortable(signal),
          ),
        );
        Parts.push({ ETag, PartNumber: part.number });
      }
      await this.#client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    } catch (error) {
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  /** Parts that an upload of this object left behind when its process ended: they cost room that nobody sees. */
  async #abortLeft(key: string): Promise<void> {
    const { Bucket, Key } = this.#where(key);
    const left = await this.#client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key })).catch(() => null);
    for (const upload of left?.Uploads ?? []) {
      if (upload.Key !== Key || upload.UploadId === undefined) continue;
      await this.#client
        .send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: upload.UploadId }))
        .catch(() => {});
    }
  }

  #body({ file }: StoredFile, { start, length, md5 }: Part) {
    return {
      Body: length === 0 ? "" : createReadStream(file, { start, end: start + length - 1, highWaterMark: 1024 ** 2 }),
      ContentLength: length,
      ContentMD5: md5.toString("base64"),
    };
  }

  async #retrying<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (attempt >= MAX_TRIES || signal?.aborted) throw error;
        await pause(this.#retryMs * 2 ** (attempt - 1), undefined, signal === undefined ? {} : { signal });
      }
    }
  }
}

/** MD5 of one part, or of the MD5s of all with their number: so AWS and everything that takes after it. */
function expectedETag(parts: readonly Part[]): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.md5.toString("hex");
  const all = createHash("md5").update(Buffer.concat(parts.map(({ md5 }) => md5)));
  return `${all.digest("hex")}-${parts.length}`;
}

function abortable(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { abortSignal: signal };
}

function isMissing(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === 404;
}
