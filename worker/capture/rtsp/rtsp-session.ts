/**
 * A camera's stream, from the first request to the last packet (RFC 2326 appendix D.1, over the one TCP connection, or as
 * datagrams where a camera refuses that): OPTIONS, DESCRIBE, SETUP of each track, PLAY; then pictures and sound on one clock,
 * kept alive as the camera likes it.
 */
import { randomBytes } from "node:crypto";
import { CameraFailure } from "@/lib/domain/camera-causes";
import type { AccessUnit, PictureSink } from "@/lib/media/rtsp/access-unit";
import type { AudioDepacketizer } from "@/lib/media/rtsp/audio-depacketizer";
import {
  emptyPacket,
  parseRtp,
  parseSenderReport,
  SequenceWatch,
  saysGoodbye,
  writeReceiverReport,
} from "@/lib/media/rtsp/rtp";
import {
  header,
  parseInterleaved,
  parseRtpInfo,
  parseServerPorts,
  parseSession,
  type RtspMessage,
} from "@/lib/media/rtsp/rtsp-message";
import { controlUrl, parseSdp } from "@/lib/media/rtsp/sdp";
import { SessionClock, TrackClock } from "@/lib/media/rtsp/session-clock";
import { VideoDepacketizer } from "@/lib/media/rtsp/video-depacketizer";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { audioDepacketizer, type ChosenMedia, chooseMedia } from "@/worker/capture/rtsp/choose-media";
import { DatagramChannel } from "@/worker/capture/rtsp/datagram-channel";
import { type ConnectionTarget, failureOf, RtspConnection } from "@/worker/capture/rtsp/rtsp-connection";
import { type TranscoderSettings, VideoTranscoder } from "@/worker/capture/rtsp/video-transcoder";

export interface SessionSink {
  /** @param pts in ticks of 90 kHz from the beginning of the session; what is handed over is there until the call returns */
  onPicture(picture: AccessUnit, pts: number): void;
  onSound(bytes: Uint8Array, start: number, end: number, pts: number): void;
  /** The picture changes its form with the next key frame. */
  onParameterSets(): void;
  /** Called once when it is over; null: it was closed. */
  onEnd(failure: CameraFailure | null): void;
}

/** Called once it is known what the camera sends, before any of it comes. */
export type MakeSink = (media: ChosenMedia, parameterSets: () => Uint8Array[]) => SessionSink;

export interface SessionOptions {
  wantsAudio: boolean;
  config: TranscoderSettings;
}

interface Track {
  kind: "video" | "audio";
  payloadType: number;
  sequence: SequenceWatch;
  depacketizer: VideoDepacketizer | VideoTranscoder | AudioDepacketizer;
}

/** RFC 2326 §11.3.14 */
const UNSUPPORTED_TRANSPORT = 461;
/** Long enough before a session of 60 s ends, and often enough for cameras that say nothing of it. */
const KEEP_ALIVE_SHARE = 0.4;
const GOODBYE_MS = 300;
const MAX_KEEP_ALIVE_MS = 25_000;

export class RtspSession {
  readonly media: ChosenMedia;
  readonly #connection: RtspConnection;
  readonly #video: VideoDepacketizer | VideoTranscoder;
  readonly #clock: SessionClock;
  /** By channel. */
  readonly #tracks = new Map<number, Track>();
  readonly #reports = new Map<number, Track["kind"]>();
  /** Tracks that come as datagrams, by the channel of their reports. */
  readonly #datagrams = new Map<number, DatagramChannel>();
  readonly #packet = emptyPacket();
  readonly #beganAtMs = performance.now();
  readonly #url: string;
  readonly #ssrc = randomBytes(4).readUInt32BE();
  #sessionId: string | null = null;
  #keepAlive: NodeJS.Timeout | null = null;
  #onEnd: (failure: CameraFailure | null) => void;
  #nowMs = 0;

  private constructor(
    connection: RtspConnection,
    url: string,
    media: ChosenMedia,
    config: TranscoderSettings,
    makeSink: MakeSink,
  ) {
    const { video, audio } = media;
    this.media = media;
    this.#connection = connection;
    this.#url = url;
    this.#clock = new SessionClock(
      new TrackClock(video.media.clockRate),
      audio === null ? null : new TrackClock(audio.media.clockRate),
    );
    const known = () => this.#video.parameterSets;
    const pictures: PictureSink = {
      onPicture: (picture) => sink.onPicture(picture, this.#clock.video.ticks(picture.timestamp, this.#nowMs)),
      onParameterSets: () => sink.onParameterSets(),
    };
    this.#video = video.isTranscoded
      ? new VideoTranscoder(config, video.media, pictures, (failure) => this.#give(failure))
      : new VideoDepacketizer(video.rules, video.parameterSets, pictures);
    this.#onSound = (bytes, start, end, timestamp) => {
      const pts = this.#clock.audio?.ticks(timestamp, this.#nowMs);
      if (pts !== undefined) sink.onSound(bytes, start, end, pts);
    };
    const sink = makeSink(media, known);
    this.#onEnd = sink.onEnd;
  }
  #onSound: (bytes: Uint8Array, start: number, end: number, timestamp: number) => void;

  /**
   * Opens the stream; pictures come from the moment on that this resolves, or a little before.
   *
   * @throws {CameraFailure}
   */
  static async open(
    guard: OutboundGuard,
    target: ConnectionTarget,
    options: SessionOptions,
    makeSink: MakeSink,
    signal: AbortSignal,
  ): Promise<RtspSession> {
    let session: RtspSession | null = null;
    const connection = await RtspConnection.open(guard, target, {
      onPacket: (channel, bytes, start, end) => session?.packet(channel, bytes, start, end),
      onEnd: (failure) => session?.end(failure),
    });
    const giveUp = () => connection.close();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      signal.throwIfAborted();
      const { url } = target;
      const abilities = expectOk(await connection.request("OPTIONS", url), target);
      const described = expectOk(await connection.request("DESCRIBE", url, { Accept: "application/sdp" }), target);
      const sdp = parseSdp(described.body);
      const base = header(described, "content-base") ?? header(described, "content-location") ?? url;
      const media = chooseMedia(sdp, options.wantsAudio);
      const root = sameHost(controlUrl(base, sdp.control), url);
      session = new RtspSession(connection, root, media, options.config, makeSink);
      await session.#setUp(base, target);
      await session.#play(target);
      session.#stayAlive(header(abilities, "public") ?? "");
      return session;
    } catch (error) {
      // Why it did not open is what is thrown, and not that the connection was closed for it.
      if (session !== null) session.#onEnd = () => {};
      connection.close();
      if (session !== null) {
        session.#abandonTranscoder();
        session.#closeDatagrams();
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Packets that never came, and pictures left out for them. */
  get losses(): { packets: number; pictures: number; jumps: number } {
    let packets = 0;
    for (const { sequence } of this.#tracks.values()) packets += sequence.lost;
    return {
      packets,
      pictures: this.#video.damaged,
      jumps: this.#clock.video.jumps + (this.#clock.audio?.jumps ?? 0),
    };
  }

  pause(): void {
    this.#connection.pause();
    for (const channel of this.#datagrams.values()) channel.pause();
  }

  resume(): void {
    this.#connection.resume();
    for (const channel of this.#datagrams.values()) channel.resume();
  }

  /** Ends in order. The picture that has come so far is handed on before; what a transcoder has not given yet is not waited for. */
  close(): void {
    this.#abandonTranscoder();
    if (this.#sessionId !== null) this.#connection.close("TEARDOWN", this.#url, { Session: this.#sessionId });
    else this.#connection.close();
  }

  async #setUp(base: string, target: ConnectionTarget): Promise<void> {
    const { video, audio } = this.media;
    let channel = 0;
    for (const chosen of audio === null ? [video] : [video, audio]) {
      const url = sameHost(controlUrl(base, chosen.media.control), target.url);
      const channels =
        (await this.#setUpInterleaved(url, channel, target)) ?? (await this.#setUpDatagrams(url, channel, target));
      const kind = chosen === video ? "video" : "audio";
      this.#tracks.set(channels.rtp, {
        kind,
        payloadType: chosen.media.payloadType,
        sequence: new SequenceWatch(),
        depacketizer: kind === "video" || audio === null ? this.#video : audioDepacketizer(audio, this.#onSound),
      });
      this.#reports.set(channels.rtcp, kind);
      channel += 2;
    }
  }
  #timeoutSeconds = 60;

  /** Has a track sent over the connection. @returns its channels; null: the camera does not send so */
  async #setUpInterleaved(
    url: string,
    channel: number,
    target: ConnectionTarget,
  ): Promise<{ rtp: number; rtcp: number } | null> {
    if (this.#datagrams.size > 0) return null;
    const answer = await this.#requestSetUp(url, `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`);
    if (answer.status === UNSUPPORTED_TRANSPORT) return null;
    const transport = this.#noteSession(expectOk(answer, target));
    return parseInterleaved(transport) ?? { rtp: channel, rtcp: channel + 1 };
  }

  async #setUpDatagrams(
    url: string,
    channel: number,
    target: ConnectionTarget,
  ): Promise<{ rtp: number; rtcp: number }> {
    if (/^rtsps:/i.test(url)) {
      throw new CameraFailure("unsupported", "The camera sends over UDP alone, which RTSPS does not protect.");
    }
    const channels = { rtp: channel, rtcp: channel + 1 };
    const take = (at: number) => (packet: Uint8Array) => {
      try {
        this.packet(at, packet, 0, packet.length);
      } catch (error) {
        this.#give(failureOf(error));
      }
    };
    const datagrams = await DatagramChannel.open(this.#connection.path, {
      onRtp: take(channels.rtp),
      onRtcp: take(channels.rtcp),
    });
    this.#datagrams.set(channels.rtcp, datagrams);
    const answer = await this.#requestSetUp(url, `RTP/AVP;unicast;client_port=${datagrams.port}-${datagrams.port + 1}`);
    const remotePorts = parseServerPorts(this.#noteSession(expectOk(answer, target)));
    if (remotePorts !== null) datagrams.greet(remotePorts);
    return channels;
  }

  #requestSetUp(url: string, transport: string): Promise<RtspMessage> {
    return this.#connection.request("SETUP", url, { Transport: transport, Session: this.#sessionId ?? undefined });
  }

  /** @returns the transport that was agreed on */
  #noteSession(answer: RtspMessage): string {
    const { id, timeoutSeconds } = parseSession(header(answer, "session") ?? "");
    this.#sessionId ??= id || null;
    this.#timeoutSeconds = timeoutSeconds;
    return header(answer, "transport") ?? "";
  }

  async #play(target: ConnectionTarget): Promise<void> {
    const answer = expectOk(
      await this.#connection.request("PLAY", this.#url, {
        Session: this.#sessionId ?? undefined,
        Range: "npt=0.000-",
      }),
      target,
    );
    const infos = parseRtpInfo(header(answer, "rtp-info") ?? "");
    const { video, audio } = this.media;
    // By the order of the tracks where there are as many, else by the end of their addresses.
    const find = (control: string) => infos.find(({ url }) => control !== "" && url.endsWith(control));
    const ofVideo = find(video.media.control);
    const ofAudio = audio === null ? undefined : find(audio.media.control);
    // Only both together say how the tracks lie; of one alone its arrival says as much.
    if (ofVideo !== undefined && (audio === null || ofAudio !== undefined)) {
      this.#clock.video.setInfo(ofVideo.rtpTime);
      if (ofAudio !== undefined) this.#clock.audio?.setInfo(ofAudio.rtpTime);
    }
  }

  #stayAlive(supported: string): void {
    const method = /\bGET_PARAMETER\b/i.test(supported) ? "GET_PARAMETER" : "OPTIONS";
    const everyMs = Math.min(MAX_KEEP_ALIVE_MS, this.#timeoutSeconds * 1000 * KEEP_ALIVE_SHARE);
    this.#keepAlive = setInterval(() => {
      // An answer that does not come is no reason to end: what counts is whether pictures do.
      this.#connection.request(method, this.#url, { Session: this.#sessionId ?? undefined }).catch(() => {});
      for (const channel of this.#reports.keys()) {
        const report = writeReceiverReport(this.#ssrc, "tapedeck");
        const datagrams = this.#datagrams.get(channel);
        if (datagrams === undefined) this.#connection.sendPacket(channel, report);
        else datagrams.sendRtcp(report);
      }
    }, everyMs);
  }

  packet(channel: number, bytes: Uint8Array, start: number, end: number): void {
    const track = this.#tracks.get(channel);
    if (track === undefined) {
      this.#report(channel, bytes, start, end);
      return;
    }
    const packet = this.#packet;
    if (!parseRtp(bytes, start, end, packet) || packet.payloadType !== track.payloadType) return;
    const lost = track.sequence.note(packet.sequence);
    if (lost < 0) return;
    this.#nowMs = performance.now() - this.#beganAtMs;
    track.depacketizer.push(bytes, packet, lost);
  }

  #report(channel: number, bytes: Uint8Array, start: number, end: number): void {
    const kind = this.#reports.get(channel);
    if (kind === undefined) return;
    const report = parseSenderReport(bytes, start, end);
    if (report !== null) this.#clock.note(kind, report);
    if (kind === "video" && saysGoodbye(bytes, start, end)) {
      // The last of the sound may still be on its way.
      setTimeout(() => {
        this.#give(new CameraFailure("closed", "The camera ended the stream."));
      }, GOODBYE_MS);
    }
  }

  end(failure: CameraFailure | null): void {
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    this.#closeDatagrams();
    const onEnd = this.#onEnd;
    this.#onEnd = () => {};
    this.#video.flush();
    if (this.#video instanceof VideoTranscoder) void this.#video.finish().then(() => onEnd(failure));
    else onEnd(failure);
  }

  /** Ends it from this side. */
  #give(failure: CameraFailure): void {
    this.end(failure);
    this.#connection.close();
  }

  #closeDatagrams(): void {
    for (const channel of this.#datagrams.values()) channel.close();
    this.#datagrams.clear();
  }

  #abandonTranscoder(): void {
    if (this.#video instanceof VideoTranscoder) this.#video.close();
  }
}

/**
 * Addresses of tracks as a camera names them often have another host in them (its own name, or one behind a router); the
 * connection is open already, so they are only names, but some cameras compare them with what they were asked for.
 */
function sameHost(named: string, asked: string): string {
  const host = /^rtsps?:\/\/[^/?]+/i;
  return host.test(named) ? named.replace(host, host.exec(asked)?.[0] ?? "") : named;
}

/** @throws {CameraFailure} that says what an answer other than 200 means */
function expectOk(answer: RtspMessage, { credentials }: ConnectionTarget): RtspMessage {
  const { status, reason } = answer;
  if (status === 200) return answer;
  const detail = `${status} ${reason}`;
  if (status === 401) {
    const words = credentials === null ? "The camera wants a user name and a password." : "Wrong password.";
    throw new CameraFailure("wrong_password", words, detail);
  }
  if (status === 403) throw new CameraFailure("not_permitted", undefined, detail);
  if (status === 404 || status === 454) throw new CameraFailure("no_stream", undefined, detail);
  if (status === UNSUPPORTED_TRANSPORT) {
    throw new CameraFailure("unsupported", "The camera sends neither over the connection nor over UDP.", detail);
  }
  if (status !== null && status >= 300 && status < 400) {
    throw new CameraFailure("redirected", "The camera sends its visitors to another address. Enter that one.", detail);
  }
  throw new CameraFailure("camera_failed", `The camera answered with error ${status}.`, detail);
}
