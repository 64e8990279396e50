/** Reads AMF 3, which a few encoders use in commands ("Action Message Format — AMF 3", Adobe 2013). */
import { AMF_LIMITS, type AmfObject, type AmfValue } from "@/lib/media/rtmp/amf-value";
import { malformed } from "@/lib/media/rtmp/malformed";

interface Traits {
  isExternalizable: boolean;
  isDynamic: boolean;
  names: string[];
}

/** The tables of §2.2 are those of one value: references from one to another are not used by encoders. */
export class Amf3Reader {
  readonly #bytes: Buffer;
  readonly #texts: string[] = [];
  readonly #traits: Traits[] = [];
  /** Only counted: a reference to something read before is given as null, so nothing can hold itself. */
  #values = 0;
  /** Where the next value begins. */
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @throws {AppError} invalid when the bytes end or are no AMF 3 */
  value(depth = 0): AmfValue {
    if (depth > AMF_LIMITS.depth) throw malformed("AMF is nested too deep");
    if ((this.#values += 1) > AMF_LIMITS.values) throw malformed("AMF holds too many values");
    const marker = this.#take(1)[0] as number;
    switch (marker) {
      case 0x00:
        return undefined;
      case 0x01:
        return null;
      case 0x02:
        return false;
      case 0x03:
        return true;
      case 0x04: {
        // §3.6: 29 bits with a sign.
        const integer = this.#u29();
        return integer >= 2 ** 28 ? integer - 2 ** 29 : integer;
      }
      case 0x05:
        return this.#take(8).readDoubleBE();
      case 0x06:
        return this.#text();
      case 0x07:
      case 0x0b: // XML
      case 0x0c: {
        // and bytes
        const { isReference, number } = this.#header();
        return isReference ? null : this.#take(number).toString("utf8");
      }
      case 0x08:
        return this.#header().isReference ? null : this.#take(8).readDoubleBE();
      case 0x09:
        return this.#array(depth);
      case 0x0a:
        return this.#object(depth);
      default:
        // Vectors and dictionaries have no place in a command.
        throw malformed(`AMF 3 marker ${marker}`);
    }
  }

  #array(depth: number): AmfValue {
    const { isReference, number } = this.#header();
    if (isReference) return null;
    const named: AmfObject = Object.create(null);
    for (let key = this.#text(); key !== ""; key = this.#text()) named[key] = this.value(depth + 1);
    if (number > this.#bytes.length - this.position) throw malformed("AMF array longer than its message");
    const dense = Array.from({ length: number }, () => this.value(depth + 1));
    return Object.keys(named).length === 0 ? dense : Object.assign(named, { ...dense });
  }

  #object(depth: number): AmfValue {
    const { isReference, number } = this.#header();
    if (isReference) return null;
    const { isExternalizable, isDynamic, names } = this.#readTraits(number);
    if (isExternalizable) throw malformed("AMF 3 object of a form of its own");
    const object: AmfObject = Object.create(null);
    for (const name of names) object[name] = this.value(depth + 1);
    if (isDynamic) for (let key = this.#text(); key !== ""; key = this.#text()) object[key] = this.value(depth + 1);
    return object;
  }

  /** §3.12: the lowest bit says whether traits follow. */
  #readTraits(number: number): Traits {
    if ((number & 1) === 0) {
      const known = this.#traits[number >> 1];
      if (known === undefined) throw malformed("AMF 3 reference to nothing");
      return known;
    }
    const count = number >> 3;
    if (count > this.#bytes.length - this.position) throw malformed("AMF object longer than its message");
    this.#text();
    const names = Array.from({ length: count }, () => this.#text());
    const traits = { isExternalizable: (number & 2) !== 0, isDynamic: (number & 4) !== 0, names };
    this.#traits.push(traits);
    return traits;
  }

  #text(): string {
    const { isReference, number } = this.#header();
    if (isReference) {
      const known = this.#texts[number];
      if (known === undefined) throw malformed("AMF 3 reference to nothing");
      return known;
    }
    const text = this.#take(number).toString("utf8");
    if (text !== "") this.#texts.push(text);
    return text;
  }

  #header(): { isReference: boolean; number: number } {
    const header = this.#u29();
    return { isReference: (header & 1) === 0, number: header >> 1 };
  }

  /** §1.3.1: seven bits a byte, eight in the fourth. */
  #u29(): number {
    let value = 0;
    for (let index = 0; index < 4; index += 1) {
      const byte = this.#take(1)[0] as number;
      if (index === 3) return value * 256 + byte;
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
    return value;
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.position) throw malformed("AMF ends too early");
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }
}
