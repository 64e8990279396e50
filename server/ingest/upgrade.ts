/**
 * The one listener for WebSocket upgrades: recording sockets here, Next's own (`/_next/*`) to Next, everything else is
 * answered with an error. Next would add a listener of its own, which leaves unknown sockets hanging; see index.ts.
 */
import type { EventEmitter } from "node:events";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { AppError } from "@/lib/domain/errors";
import { isRecordingId } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { requirePrincipal } from "@/lib/server/auth/authenticate";
import { toServerError } from "@/lib/server/database/away";
import type { Services } from "@/lib/server/services";
import { addressOf, checkOrigin } from "@/server/http/request-facts";
import { type ConnectionRequest, IngestConnection } from "@/server/ingest/connection";
import { ImplicitSessions } from "@/server/ingest/implicit-sessions";
import type { Ingest } from "@/server/ingest/ingest";
import { SnapshotConnection, type SnapshotContext } from "@/server/snapshots/snapshot-connection";

const KINDS: Readonly<Record<string, TrackKind>> = { "/ws/video": "video", "/ws/audio": "audio" };

/** A peer that answers no ping for this long is gone. */
const PING_INTERVAL_MS = 15_000;

const SNAPSHOTS_PATH = /^\/api\/focus\/ws\/([^/]+)$/;

export interface UpgradeHandler {
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** @param nextUpgrades where Next listens for upgrades; null when it needs none */
export function createUpgradeHandler(
  services: Services,
  ingest: Ingest,
  nextUpgrades: EventEmitter | null,
  snapshots: SnapshotContext,
): UpgradeHandler {
  const sessions = new ImplicitSessions(services);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: services.config.MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const answered = new WeakSet<object>();
  const pinger = setInterval(() => {
    for (const socket of sockets.clients) {
      // A socket that we do not read cannot show that it lives.
      if (!answered.has(socket) && !socket.isPaused) socket.terminate();
      else {
        answered.delete(socket);
        socket.ping();
      }
    }
  }, PING_INTERVAL_MS);

  /** Finishes the handshake, and from then on notes that the peer lives. */
  function accept(request: IncomingMessage, socket: Duplex, head: Buffer, use: (webSocket: WebSocket) => void): void {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      answered.add(webSocket);
      webSocket.on("pong", () => answered.add(webSocket));
      webSocket.on("message", () => answered.add(webSocket));
      use(webSocket);
    });
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    checkOrigin(services.config, request.headers);
    const principal = await requirePrincipal(services, request.headers);
    const snapshotSession = parseSnapshotRequest(request);
    if (snapshotSession !== null) {
      if (socket.destroyed) return;
      accept(request, socket, head, (webSocket) => {
        void new SnapshotConnection(snapshots, webSocket, principal).open(snapshotSession);
      });
      return;
    }
    const wanted = parseRequest(request);
    if (socket.destroyed) return;
    accept(request, socket, head, (webSocket) => {
      const connection = new IngestConnection({ services, ingest }, webSocket, principal);
      void connection.open({ ...wanted, principal, address: addressOf(request) }, sessions);
    });
  }

  return {
    handle(request, socket, head) {
      socket.on("error", () => socket.destroy());
      const path = (request.url ?? "").split("?", 1)[0] as string;
      if (path.startsWith("/_next/") && nextUpgrades !== null) {
        nextUpgrades.emit("upgrade", request, socket, head);
        return;
      }
      upgrade(request, socket, head).catch((error) => reject(socket, toServerError(error), services));
    },
    close() {
      clearInterval(pinger);
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** @returns null when it is no socket of snapshots */
function parseSnapshotRequest(request: IncomingMessage): { sessionId: string; enableRecording: boolean } | null {
  const url = new URL(request.url ?? "/", "http://host");
  const sessionId = SNAPSHOTS_PATH.exec(url.pathname)?.[1];
  if (sessionId === undefined) return null;
  return { sessionId, enableRecording: /^(true|1)$/i.test(url.searchParams.get("enable_recording") ?? "") };
}

function parseRequest(request: IncomingMessage): Pick<ConnectionRequest, "kind" | "recordingId" | "take" | "held"> {
  const url = new URL(request.url ?? "/", "http://host");
  const kind = KINDS[url.pathname];
  if (kind === undefined) throw new AppError("not_found", "no_such_socket", "There is no socket at this address.");
  const recordingId = url.searchParams.get("session");
  if (recordingId !== null && !isRecordingId(recordingId)) {
    throw new AppError("invalid", "bad_session", "The session is not an id of a recording.");
  }
  const take = url.searchParams.get("take");
  if (take !== null && !/^[1-9]\d{0,5}$/.test(take)) {
    throw new AppError("invalid", "bad_take", "The take is not a number from 1.");
  }
  return {
    kind,
    recordingId,
    take: take === null ? null : Number(take),
    held: parseHeld(url.searchParams.get("held")),
  };
}

/** `FROM-END`, in bytes of the track. */
function parseHeld(text: string | null): ConnectionRequest["held"] {
  if (text === null) return undefined;
  const [fromOffset, endOffset] = text.split("-").map(Number) as [number, number];
  if (!/^\d{1,15}-\d{1,15}$/.test(text) || fromOffset > endOffset) {
    throw new AppError("invalid", "bad_held", "What the source holds is not a range of offsets.");
  }
  return { fromOffset, endOffset };
}

/** Answers an upgrade with an HTTP error and closes. */
function reject(socket: Duplex, error: AppError, { log }: Services): void {
  if (error.kind === "internal") log.error({ error: error.cause }, "upgrade failed");
  if (socket.destroyed) return;
  const { httpStatus } = error.outcome;
  const body = JSON.stringify({ code: error.code, message: error.message });
  socket.end(
    [
      `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}`,
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}
