/**
 * Makes H.264 of a camera's pictures when they come in another codec: the packets are served as they are to one FFmpeg, over
 * RTSP on this machine, and what it encodes comes back as pictures with the timestamps of the packets. FFmpeg never talks to
 * the camera: who may be reached is judged in one place, and there is nobody who could send it elsewhere.
 */
import { createServer, type Server, type Socket } from "node:net";
import { CameraFailure } from "@/lib/domain/camera-causes";
import { TAG } from "@/lib/media/flv/flv-file";
import { FlvSplitter } from "@/lib/media/flv/flv-splitter";
import { readVideoHead } from "@/lib/media/flv/media-packet";
import { readAvcConfiguration } from "@/lib/media/h264";
import { type AccessUnit, type PictureSink, sameBytes } from "@/lib/media/rtsp/access-unit";
import { InterleavedReader } from "@/lib/media/rtsp/interleaved-reader";
import type { RtpPacket } from "@/lib/media/rtsp/rtp";
import { header, type RtspMessage } from "@/lib/media/rtsp/rtsp-message";
import type { SdpMedia } from "@/lib/media/rtsp/sdp";
import { describeStream, transcodeArgs } from "@/lib/media/rtsp/transcode";
import type { Config } from "@/lib/server/config/load";
import { runProgram } from "@/lib/server/ffmpeg/run";

export type TranscoderSettings = Pick<Config, "FFMPEG_PATH" | "COMPILE_MAX_PIXELS">;

/** An encoder that is so far behind does not catch up soon: packets are left out until it has. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** A connection may last for weeks; it does not allocate more as it goes on. */
const LIMITS = { timeoutMs: 20 * 86_400_000, cpuSeconds: 20 * 86_400, memoryBytes: 2 * 1024 ** 3, fileBytes: 0 };
/** From the end of the stream to the last picture of it. */
const END_MS = 2000;
const START_CODE = Buffer.of(0, 0, 0, 1);

export class VideoTranscoder {
  readonly #media: SdpMedia;
  readonly #sink: PictureSink;
  readonly #onFailure: (failure: CameraFailure) => void;
  readonly #server: Server;
  readonly #abort = new AbortController();
  readonly #picture: AccessUnit = {
    ...{ bytes: new Uint8Array(), length: 0, timestamp: 0 },
    ...{ isKey: false, hasParameterSets: false, hasDelimiter: false },
  };
  #socket: Socket | null = null;
  /** Packets that came before FFmpeg was there for them; null: it is. */
  #held: Buffer[] | null = [];
  #heldBytes = 0;
  #firstTimestamp: number | null = null;
  #done: Promise<void> = Promise.resolve();
  #isFinishing = false;
  parameterSets: Uint8Array[] = [];
  /** Timestamp of the picture that was damaged last; -1: none was. */
  #damagedTimestamp = -1;
  /** Pictures of which packets were left out, the encoder being behind. */
  damaged = 0;

  /** @param onFailure called once, when nothing more will come */
  constructor(
    { FFMPEG_PATH, COMPILE_MAX_PIXELS }: TranscoderSettings,
    media: SdpMedia,
    sink: PictureSink,
    onFailure: (failure: CameraFailure) => void,
  ) {
    this.#media = media;
    this.#sink = sink;
    this.#onFailure = onFailure;
    this.#server = createServer((socket) => this.#serve(socket)).on("error", (error) => this.#fail(error));
    this.#server.listen(0, "127.0.0.1", () => {
      const { port } = this.#server.address() as { port: number };
      this.#done = this.#run(FFMPEG_PATH, transcodeArgs(`rtsp://127.0.0.1:${port}/`, COMPILE_MAX_PIXELS));
    });
  }

  push(bytes: Uint8Array, { start, end, timestamp }: RtpPacket): void {
    this.#firstTimestamp ??= timestamp;
    const waiting = this.#heldBytes + (this.#socket?.writableLength ?? 0);
    if (waiting > MAX_WAITING_BYTES) {
      if (timestamp !== this.#damagedTimestamp) this.damaged += 1;
      this.#damagedTimestamp = timestamp;
      return;
    }
    const length = end - start;
    const frame = Buffer.allocUnsafe(4 + length);
    frame[0] = 0x24;
    frame[1] = 0;
    frame.writeUInt16BE(length, 2);
    frame.set(bytes.subarray(start, end), 4);
    if (this.#held === null) this.#socket?.write(frame);
    else {
      this.#held.push(frame);
      this.#heldBytes += frame.length;
    }
  }

  /** Pictures are handed on as they come back; there is none to wait for. */
  flush(): void {}

  /** Resolves when what was given has come back, or would take too long. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#socket?.end();
    const timer = setTimeout(() => this.#abort.abort(), END_MS);
    await this.#done;
    clearTimeout(timer);
    this.close();
  }

  /** Nothing comes any more. */
  close(): void {
    this.#abort.abort();
    this.#server.close();
    this.#socket?.destroy();
  }

  async #run(ffmpegPath: string, args: string[]): Promise<void> {
    const splitter = new FlvSplitter((type, timestampMs, body) => {
      if (type === TAG.video && !this.#abort.signal.aborted) this.#take(timestampMs, body);
    });
    try {
      await runProgram(ffmpegPath, args, {
        ...{ ...LIMITS, signal: this.#abort.signal, isLive: true },
        onBytes: (bytes) => splitter.write(bytes),
      });
      this.#fail(new Error("it ended"));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Answers the one visitor that is expected; requests and answers by RFC 2326. */
  #serve(socket: Socket): void {
    this.#server.close();
    this.#socket = socket;
    const reader = new InterleavedReader({
      // Reports of reception.
      onPacket: () => {},
      onMessage: (message) => this.#answer(socket, message),
    });
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      try {
        reader.take(bytes, bytes.length);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #answer(socket: Socket, message: RtspMessage): void {
    const description = message.method === "DESCRIBE" ? describeStream(this.#media) : "";
    const lines = [
      ...["RTSP/1.0 200 OK", `CSeq: ${Number(header(message, "cseq"))}`, "Session: 1;timeout=3600"],
      ...(message.method === "OPTIONS" ? ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"] : []),
      ...(message.method === "SETUP" ? ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1"] : []),
      ...(description === "" ? [] : ["Content-Type: application/sdp", `Content-Length: ${description.length}`]),
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n${description}`);
    if (message.method !== "PLAY" || this.#held === null) return;
    for (const frame of this.#held) socket.write(frame);
    this.#held = null;
    this.#heldBytes = 0;
  }

  #take(timestampMs: number, body: Buffer): void {
    const head = readVideoHead(body);
    if (head === null || head.codec !== "h264") return;
    if (head.kind === "config") this.#configure(body.subarray(head.bodyAt));
    if (head.kind !== "frames" || this.#firstTimestamp === null) return;
    const picture = this.#picture;
    const bytes = body.subarray(head.bodyAt);
    // Lengths and start codes have four bytes each.
    for (let at = 0; at + 4 <= bytes.length; ) {
      const length = bytes.readUInt32BE(at);
      bytes.set(START_CODE, at);
      at += 4 + length;
    }
    picture.bytes = bytes;
    picture.length = bytes.length;
    const ticks = Math.round((timestampMs * this.#media.clockRate) / 1000);
    picture.timestamp = (this.#firstTimestamp + ticks) >>> 0;
    picture.isKey = head.isKeyframe;
    this.#sink.onPicture(picture);
  }

  #configure(record: Buffer): void {
    const known = readAvcConfiguration(record);
    if (known === null) return;
    const sets = [known.sps, known.pps].map((unit) => Uint8Array.from(unit));
    const isSame = sets.length === this.parameterSets.length;
    if (isSame && sets.every((unit, index) => sameBytes(this.parameterSets[index] ?? null, unit))) return;
    this.parameterSets = sets;
    this.#sink.onParameterSets();
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted || this.#isFinishing) return;
    this.close();
    const words = `The camera's picture (${this.#media.encoding}) could not be made H.264.`;
    this.#onFailure(new CameraFailure("unsupported", words, String(error)));
  }
}
