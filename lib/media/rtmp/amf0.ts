/** AMF 0, the form of RTMP's commands and of FLV's metadata ("Action Message Format — AMF 0", Adobe 2007). */
import { AMF_LIMITS, type AmfObject, type AmfValue } from "@/lib/media/rtmp/amf-value";
import { Amf3Reader } from "@/lib/media/rtmp/amf3";
import { malformed } from "@/lib/media/rtmp/malformed";

const MARKER = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  movieclip: 0x04,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  recordset: 0x0e,
  xml: 0x0f,
  typedObject: 0x10,
  amf3: 0x11,
} as const;

/** Reads values one after another. Every method throws {AppError} invalid when the bytes end or are no AMF. */
export class Amf0Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(depth = 0): AmfValue {
    if (depth > AMF_LIMITS.depth) throw malformed("AMF is nested too deep");
    if ((this.#values += 1) > AMF_LIMITS.values) throw malformed("AMF holds too many values");
    const marker = this.#take(1)[0];
    switch (marker) {
      case MARKER.number:
        return this.#take(8).readDoubleBE();
      case MARKER.boolean:
        return this.#take(1)[0] !== 0;
      case MARKER.string:
        return this.#text(this.#take(2).readUInt16BE());
      case MARKER.longString:
      case MARKER.xml:
        return this.#text(this.#take(4).readUInt32BE());
      case MARKER.object:
        return this.#object(depth);
      case MARKER.ecmaArray:
        this.#take(4);
        return this.#object(depth);
      case MARKER.typedObject:
        this.#text(this.#take(2).readUInt16BE());
        return this.#object(depth);
      case MARKER.strictArray:
        return this.#array(this.#take(4).readUInt32BE(), depth);
      case MARKER.date: {
        const ms = this.#take(8).readDoubleBE();
        this.#take(2);
        return ms;
      }
      case MARKER.reference:
        this.#take(2);
        return null;
      case MARKER.null:
      case MARKER.unsupported:
        return null;
      case MARKER.undefined:
        return undefined;
      case MARKER.amf3: {
        const reader = new Amf3Reader(this.#bytes.subarray(this.#at));
        const value = reader.value(depth + 1);
        this.#at += reader.position;
        return value;
      }
      default:
        throw malformed(`AMF marker ${marker}`);
    }
  }

  #object(depth: number): AmfObject {
    const object: AmfObject = Object.create(null);
    for (;;) {
      const key = this.#text(this.#take(2).readUInt16BE());
      if (key === "" && this.#bytes[this.#at] === MARKER.objectEnd) {
        this.#at += 1;
        return object;
      }
      object[key] = this.value(depth + 1);
    }
  }

  #array(length: number, depth: number): AmfValue[] {
    // Each value takes a byte at least.
    if (length > this.#bytes.length - this.#at) throw malformed("AMF array longer than its message");
    return Array.from({ length }, () => this.value(depth + 1));
  }

  #text(length: number): string {
    return this.#take(length).toString("utf8");
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw malformed("AMF ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** All values of a message. @throws {AppError} invalid */
export function readAmf0(bytes: Buffer): AmfValue[] {
  const reader = new Amf0Reader(bytes);
  const values: AmfValue[] = [];
  while (!reader.isAtEnd) values.push(reader.value());
  return values;
}

/** Text of more than 65 535 bytes becomes a long string; objects become objects, arrays strict arrays. */
export function writeAmf0(...values: AmfValue[]): Buffer {
  return Buffer.concat(values.flatMap(encode));
}

/** An ECMA array, as FLV's metadata is. */
export function writeEcmaArray(entries: readonly (readonly [string, AmfValue])[]): Buffer {
  const head = Buffer.alloc(5);
  head[0] = MARKER.ecmaArray;
  head.writeUInt32BE(entries.length, 1);
  return Buffer.concat([head, ...entries.flatMap(([key, value]) => [encodeKey(key), ...encode(value)]), OBJECT_END]);
}

const OBJECT_END = Buffer.from([0, 0, MARKER.objectEnd]);

function encode(value: AmfValue): Buffer[] {
  if (typeof value === "number") {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return [bytes];
  }
  if (typeof value === "boolean") return [Buffer.from([MARKER.boolean, value ? 1 : 0])];
  if (typeof value === "string") {
    const text = Buffer.from(value);
    if (text.length <= 0xffff) return [Buffer.from([MARKER.string]), encodeKey(value)];
    const head = Buffer.alloc(5);
    head[0] = MARKER.longString;
    head.writeUInt32BE(text.length, 1);
    return [head, text];
  }
  if (value === null) return [Buffer.from([MARKER.null])];
  if (value === undefined) return [Buffer.from([MARKER.undefined])];
  if (Array.isArray(value)) {
    const head = Buffer.alloc(5);
    head[0] = MARKER.strictArray;
    head.writeUInt32BE(value.length, 1);
    return [head, ...value.flatMap(encode)];
  }
  const entries = Object.entries(value).flatMap(([key, each]) => [encodeKey(key), ...encode(each)]);
  return [Buffer.from([MARKER.object]), ...entries, OBJECT_END];
}

function encodeKey(key: string): Buffer {
  const text = Buffer.from(key);
  const head = Buffer.alloc(2);
  head.writeUInt16BE(text.length);
  return Buffer.concat([head, text]);
}
