/**
 * Takes the pictures out of a motion JPEG stream: `multipart/x-mixed-replace` in every dialect there is, and bare JPEGs
 * one after the other. What separates the parts is not relied on: boundaries come with and without dashes, as something
 * else than the header announced, and not at all; lengths are missing or wrong. A picture begins with SOI and ends where
 * its own structure says. A length that holds is used, for it saves the walk.
 */
import { JpegWalker } from "@/lib/media/mjpeg/jpeg-walker";
import type { PictureSize } from "@/lib/media/picture-size";

export interface MjpegFrame {
  jpeg: Buffer;
  size: PictureSize;
  /** When its first byte arrived, by the clock of the caller. */
  arrivedAtMs: number;
}

export interface FrameReaderLimits {
  /** Longest picture; a longer one is broken. */
  maxFrameBytes: number;
  maxPixels: number;
}

/** What was skipped, over the life of the reader. */
export interface SkippedCounts {
  /** Pictures that ended in the middle, were too large, or had no size. */
  broken: number;
  /** Bytes that were neither a picture nor the usual text between two. */
  garbageBytes: number;
}

/** SOI and the first byte of the marker that must follow it. */
const START = Buffer.from([0xff, 0xd8, 0xff]);
/** Between two pictures there are a boundary and a few header lines; more is garbage and is forgotten. */
const MAX_BETWEEN_BYTES = 16 * 1024;
const LENGTH_HEADER = /content-length[ \t]*:[ \t]*(\d{1,10})/gi;
/** After a picture there are at most a few fill bytes within its length. */
const MAX_PADDING_BYTES = 64;
const EOI = Buffer.from([0xff, 0xd9]);

export class FrameReader {
  readonly #limits: FrameReaderLimits;
  readonly #boundary: Buffer | null;
  readonly #onFrame: (frame: MjpegFrame) => void;
  /** Pictures of this source have ends: one without is cut off. */
  #hasEnds = false;
  readonly skipped: SkippedCounts = { broken: 0, garbageBytes: 0 };
  #bytes: Buffer = Buffer.alloc(0);
  /** Of the picture that the bytes begin with; null: they are between two. */
  #walker: JpegWalker | null = null;
  #arrivedAtMs = 0;
  /** Length that the header before the picture gave; null: none, or it did not hold. */
  #announcedBytes: number | null = null;

  /** @param boundary of the content type, without the dashes before it; null: unknown */
  constructor(boundary: string | null, limits: FrameReaderLimits, onFrame: (frame: MjpegFrame) => void) {
    this.#limits = limits;
    // Some announce it with the dashes, and some send it without.
    const bare = boundary?.replace(/^-+/, "") ?? "";
    this.#boundary = bare === "" ? null : Buffer.from(bare, "latin1");
    this.#onFrame = onFrame;
  }

  /**
   * Takes the next bytes; calls back with each picture that is complete with them.
   *
   * @param arrivedAtMs when they arrived
   */
  take(piece: Buffer, arrivedAtMs: number): void {
    const before = this.#bytes.length;
    this.#bytes = before === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    while (this.#walker === null ? this.#findStart(arrivedAtMs) : this.#findEnd());
  }

  /** @returns whether a picture begins */
  #findStart(arrivedAtMs: number): boolean {
    const at = this.#bytes.indexOf(START);
    if (at < 0) {
      const excess = this.#bytes.length - MAX_BETWEEN_BYTES;
      if (excess > 0) this.#dropGarbage(excess);
      return false;
    }
    const text = this.#bytes.toString("latin1", Math.max(0, at - MAX_BETWEEN_BYTES), at);
    this.#announcedBytes = Number([...text.matchAll(LENGTH_HEADER)].at(-1)?.[1] ?? Number.NaN);
    if (!(this.#announcedBytes > START.length)) this.#announcedBytes = null;
    if (at > 0 && !/^[\t\r\n\x20-\x7e]*$/.test(text)) this.skipped.garbageBytes += at;
    this.#bytes = this.#bytes.subarray(at);
    this.#arrivedAtMs = arrivedAtMs;
    this.#walker = new JpegWalker();
    return true;
  }

  #dropGarbage(bytes: number): void {
    this.skipped.garbageBytes += bytes;
    // A copy: a view would keep all that was ever read.
    this.#bytes = Buffer.from(this.#bytes.subarray(bytes));
  }

  /** @returns whether there may be more in what has arrived */
  #findEnd(): boolean {
    const walker = this.#walker as JpegWalker;
    const announced = this.#announcedBytes;
    if (announced !== null && announced <= this.#limits.maxFrameBytes) {
      if (this.#bytes.length < announced && !this.#isOverdue(announced)) return false;
      if (this.#bytes.length >= announced && this.#holds(announced)) {
        return this.#finish(announced, walker);
      }
      // It says something else than the picture.
      this.#announcedBytes = null;
    }
    const result = walker.walk(this.#bytes);
    if (result.kind === "end") {
      this.#hasEnds = true;
      return this.#give(result.end, result.size);
    }
    if (result.kind === "broken") return this.#endBroken(result.at, walker);
    if (this.#bytes.length <= this.#limits.maxFrameBytes) return false;
    return this.#skip(this.#bytes.length);
  }

  /** Whether another picture has begun within the announced length: then that was wrong, or this one is cut off. */
  #isOverdue(announced: number): boolean {
    if (this.#boundary === null) return false;
    const at = this.#bytes.indexOf(this.#boundary, START.length);
    return at > 0 && at < announced && this.#bytes.indexOf(START, at) > 0;
  }

  /** Whether a picture really ends at this length. */
  #holds(length: number): boolean {
    const end = this.#bytes.lastIndexOf(EOI, length - 1);
    if (end < 0 || end + EOI.length < length - MAX_PADDING_BYTES || end + EOI.length > length) return false;
    // Within the length of one picture there is one: coded data holds no SOI, only a thumbnail before it does.
    const boundary = this.#boundary === null ? -1 : this.#bytes.subarray(0, length).indexOf(this.#boundary);
    return boundary < 0;
  }

  #finish(length: number, walker: JpegWalker): boolean {
    // The header is enough to know its size.
    walker.walk(this.#bytes.subarray(0, length));
    const end = this.#bytes.lastIndexOf(EOI, length - 1) + EOI.length;
    return this.#give(end, walker.size, length);
  }

  #give(end: number, size: PictureSize | null, partBytes = end): boolean {
    const jpeg = Buffer.from(this.#bytes.subarray(0, end));
    const arrivedAtMs = this.#arrivedAtMs;
    this.#advance(partBytes);
    if (size === null || size.width * size.height === 0 || size.width * size.height > this.#limits.maxPixels) {
      this.skipped.broken += 1;
    } else {
      this.#onFrame({ jpeg, size, arrivedAtMs });
    }
    return true;
  }

  /** The picture did not end: the source leaves EOI out, or it was cut off. */
  #endBroken(at: number, walker: JpegWalker): boolean {
    const part = this.#bytes.subarray(0, at);
    const boundary = this.#boundary === null ? -1 : part.lastIndexOf(this.#boundary);
    // A part that goes up to a boundary on a line of its own is one whose source writes no EOI.
    const lineEnd = boundary < 0 ? -1 : part.lastIndexOf("\n", boundary);
    const isWhole =
      !this.#hasEnds && walker.hasScan && lineEnd > 0 && boundary - lineEnd <= 4 && lineEnd > boundary - 8;
    if (!isWhole) return this.#skip(Math.max(START.length, at));
    const end = part[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd;
    const jpeg = Buffer.concat([part.subarray(0, end), EOI]);
    const { size } = walker;
    const arrivedAtMs = this.#arrivedAtMs;
    this.#advance(end);
    if (size === null) this.skipped.broken += 1;
    else this.#onFrame({ jpeg, size, arrivedAtMs });
    return true;
  }

  #skip(bytes: number): boolean {
    this.skipped.broken += 1;
    this.#advance(bytes);
    return true;
  }

  #advance(bytes: number): void {
    this.#bytes = Buffer.from(this.#bytes.subarray(bytes));
    this.#walker = null;
    this.#announcedBytes = null;
  }
}

/**
 * The boundary of a `multipart/…` content type (RFC 2046 §5.1.1), quoted or not.
 *
 * @returns null when there is none
 */
export function boundaryOf(contentType: string): string | null {
  const match = /boundary\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}
