/**
 * One recording under attack, and what must hold: whatever a source sends, its file is exactly the messages that the
 * server took, whole, in order, each once; and the offset of `ready` is where they end.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import type { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import { LAST_WORDS, makeBatch } from "@/tests/torture/support/bad-messages";
import { frame, OPCODE, RawSocket } from "@/tests/torture/support/raw-socket";
import { askUntilAnswered, type Target } from "@/tests/torture/support/recording-client";
import { SeededRandom } from "@/tests/torture/support/seeded-random";
import type { Tally } from "@/tests/torture/support/tally";

/** How a connection ends. After the last three the track goes on; `finish` is what the recording ends with. */
const ENDINGS = [
  "last words",
  "overlap",
  "cut in a frame",
  "reset",
  "leave",
  "finish of other bytes",
  "finish of another digest",
] as const;

interface Step {
  seed: number;
  messages: number;
  ending: (typeof ENDINGS)[number];
}

/** The connections of one recording, which fast-check makes smaller when they break something. */
export const attacks: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    seed: fc.nat(),
    messages: fc.integer({ min: 0, max: 600 }),
    ending: fc.constantFrom(...ENDINGS),
  }),
  { minLength: 1, maxLength: 8 },
);

export interface Battlefield {
  target: Target;
  folder: RecordingsFolder;
  tally: Tally;
  /** What was done, by name. */
  counts: Map<string, number>;
}

/** Something that must hold did not. */
class Broken extends Error {}

export class ProtocolAttack {
  readonly #field: Battlefield;
  readonly #steps: Step[];
  #id = "";
  /** What the server has taken, as far as the source knows for certain. */
  #taken: Buffer[] = [];
  #takenBytes = 0;

  constructor(field: Battlefield, steps: Step[]) {
    this.#field = field;
    this.#steps = steps;
  }

  /** @throws when something does not hold */
  async run(): Promise<void> {
    const { target, counts } = this.#field;
    this.#id = (await askUntilAnswered(target, "/api/v1/recordings", { tracks: ["video"] })).id;
    let socket = await this.#open(this.#takenBytes);
    for (const step of this.#steps) {
      counts.set(step.ending, (counts.get(step.ending) ?? 0) + 1);
      socket = await this.#fight(socket, step);
    }
    await this.#finish(socket);
    await this.#afterwards();
    const stored = await readFile(this.#field.folder.file(this.#id, "video.webm"));
    const before = this.#field.tally.findings.length;
    this.#field.tally.compare(stored, this.#expected(), this.#takenBytes, this.#id);
    if (this.#field.tally.findings.length > before) throw new Broken(`${this.#id}: the file is not what was taken`);
  }

  #expected(): Buffer {
    const all = Buffer.concat(this.#taken);
    this.#taken = [all];
    return all;
  }

  /** @param offset where the server must say that it goes on */
  async #open(offset: number): Promise<RawSocket> {
    const socket = this.#connect();
    const ready = await socket.hear("ready");
    if (ready?.offset !== offset)
      throw this.#broken(`ready at ${ready?.offset}, not at ${offset}`, offset - (ready?.offset ?? 0));
    return socket;
  }

  #connect(): RawSocket {
    return new RawSocket(this.#field.target, `/ws/video?session=${this.#id}&take=1`);
  }

  #broken(what: string, lostBytes = 0): Broken {
    if (lostBytes > 0) this.#field.tally.lost(lostBytes, `${this.#id}: ${what}`);
    else if (lostBytes < 0) this.#field.tally.duplicated(-lostBytes, `${this.#id}: ${what}`);
    return new Broken(`${this.#id}: ${what}`);
  }

  /** Sends a batch and ends the connection somehow. @returns the next connection */
  async #fight(socket: RawSocket, { seed, messages, ending }: Step): Promise<RawSocket> {
    const random = new SeededRandom(seed);
    const batch = makeBatch(random, messages);
    const { counts } = this.#field;
    counts.set("messages", (counts.get("messages") ?? 0) + messages + 1);
    const from = this.#takenBytes;
    const all = from + batch.content.length;
    const takeAll = () => this.#take(batch.content);
    switch (ending) {
      case "last words": {
        const words = random.pick(Object.keys(LAST_WORDS));
        await socket.write(Buffer.concat([batch.wire, LAST_WORDS[words]?.(random) as Buffer]));
        await socket.closed();
        this.#checkAcks(socket, from, all);
        takeAll();
        break;
      }
      case "cut in a frame": {
        const piece = frame(OPCODE.binary, random.bytes(random.between(1, 70_000)));
        await socket.write(Buffer.concat([batch.wire, piece.subarray(0, random.between(1, piece.length - 1))]));
        socket.tcp.end();
        await socket.closed();
        this.#checkAcks(socket, from, all);
        takeAll();
        break;
      }
      case "leave": {
        await socket.write(Buffer.concat([batch.wire, frame(OPCODE.close, Buffer.from([3, 232]))]));
        await socket.closed();
        this.#checkAcks(socket, from, all);
        takeAll();
        break;
      }
      case "finish of other bytes": {
        const offset = random.pick([all + 1, all + 1000, Math.max(0, all - 1), 0].filter((other) => other !== all));
        await socket.write(Buffer.concat([batch.wire, finishFrame(offset)]));
        const error = await socket.hear("error");
        if (error?.code !== "offset_mismatch" || error.expectedOffset !== all) {
          throw this.#broken(`finish at ${offset} of ${all} was answered with ${JSON.stringify(error)}`);
        }
        await socket.closed();
        takeAll();
        break;
      }
      case "finish of another digest": {
        await socket.write(Buffer.concat([batch.wire, finishFrame(all, "0".repeat(64))]));
        const error = await socket.hear("error", "finished");
        if (error?.type !== "error" || error.code !== "digest_mismatch") {
          throw this.#broken(`a wrong digest was answered with ${JSON.stringify(error)}`);
        }
        await socket.closed();
        takeAll();
        break;
      }
      case "overlap":
        return this.#overlap(socket, batch, random);
      case "reset": {
        const cut = random.between(0, batch.wire.length);
        await socket.write(batch.wire.subarray(0, cut));
        await pause(random.between(0, 20));
        socket.tcp.resetAndDestroy();
        await socket.closed();
        return this.#goOnSomewhere(socket, batch);
      }
    }
    return this.#open(this.#takenBytes);
  }

  /** Another connection of the same track opens while this one is sending: what both would append must not mix. */
  async #overlap(socket: RawSocket, batch: ReturnType<typeof makeBatch>, random: SeededRandom): Promise<RawSocket> {
    const half = random.between(0, batch.wire.length);
    await socket.write(batch.wire.subarray(0, half));
    const going = socket.write(batch.wire.subarray(half));
    const next = await this.#goOnSomewhere(socket, batch);
    await going;
    await socket.closed();
    // The end may have come before it was said why.
    if (socket.closeCode !== null && socket.closeCode !== 4408) {
      throw this.#broken(`the connection that was replaced was closed with ${socket.closeCode}`);
    }
    return next;
  }

  /** Opens the next connection; where it goes on must be the end of a message, at or behind every acknowledgement. */
  async #goOnSomewhere(before: RawSocket, { content, ends }: ReturnType<typeof makeBatch>): Promise<RawSocket> {
    const from = this.#takenBytes;
    const next = this.#connect();
    const ready = await next.hear("ready");
    if (ready === null) throw this.#broken("no ready");
    const came = ready.offset - from;
    if (ready.offset < before.highestAck)
      throw this.#broken(`ready at ${ready.offset} after an acknowledgement`, before.highestAck - ready.offset);
    if (came > content.length)
      throw this.#broken(`ready at ${ready.offset}, behind what was sent`, content.length - came);
    if (came !== 0 && !ends.includes(came)) throw this.#broken(`ready at ${ready.offset}, in the middle of a message`);
    this.#take(content.subarray(0, came));
    return next;
  }

  #take(bytes: Buffer): void {
    this.#taken.push(bytes);
    this.#takenBytes += bytes.length;
  }

  /** Acknowledgements ascend and name nothing that was not sent. */
  #checkAcks(socket: RawSocket, from: number, all: number): void {
    let last = from;
    for (const message of socket.messages) {
      if (message.type !== "ack") continue;
      if (message.offset < last || message.offset > all)
        throw this.#broken(`ack ${message.offset} between ${last} and ${all}`);
      last = message.offset;
    }
  }

  /** Finishes the track, with bytes behind the finish that must not count. */
  async #finish(socket: RawSocket): Promise<void> {
    const sha256 = this.#digest();
    await socket.write(
      Buffer.concat([finishFrame(this.#takenBytes, sha256), frame(OPCODE.binary, Buffer.from("too late"))]),
    );
    await socket.closed();
  }

  /** A source that did not hear `finished` asks again; one that sends more is refused. */
  async #afterwards(): Promise<void> {
    const more = await this.#open(this.#takenBytes);
    await more.write(frame(OPCODE.binary, Buffer.from("more")));
    const error = await more.hear("error");
    if (error?.code !== "track_finished")
      throw this.#broken(`bytes behind the end were answered with ${JSON.stringify(error)}`);
    await more.closed();
    const again = await this.#open(this.#takenBytes);
    await again.write(finishFrame(this.#takenBytes, this.#digest()));
    const finished = await again.hear("finished");
    if (finished?.sha256 !== this.#digest()) throw this.#broken("the digest is not that of what was taken");
    await again.closed();
  }

  #digest(): string {
    return createHash("sha256").update(this.#expected()).digest("hex");
  }
}

function finishFrame(offset: number, sha256?: string): Buffer {
  return frame(OPCODE.text, Buffer.from(JSON.stringify({ type: "finish", offset, sha256 })));
}
