import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TrackSpool } from "@/lib/client/spool/track-spool";
import { ChunkMarks } from "@/lib/client/upload/chunk-marks";
import { FakeIngest } from "@/lib/client/upload/fake-ingest";
import { Uploader, type UploaderOptions } from "@/lib/client/upload/uploader";
import { AppError, OUTCOMES } from "@/lib/domain/errors";
import { CLOSE_COME_BACK, CLOSE_REPLACED } from "@/lib/protocol/ingest";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const START = { type: "start", mimeType: "video/webm", startedAtMs: 1, browser: "chromium" } as const;
/** Longer than any pause between attempts. */
const PAST_EVERY_BACK_OFF_MS = 11_000;

function setUp(options: Partial<UploaderOptions> = {}) {
  const server = new FakeIngest();
  const spool = new TrackSpool(null);
  const marks = new ChunkMarks();
  const uploader = new Uploader({ url: "ws://host/ws/video", spool, marks, openSocket: server.open, ...options });
  let chunks = 0;
  return {
    server,
    spool,
    uploader,
    /** Records a chunk of `length` bytes, each different from its neighbours. */
    record(length: number) {
      const bytes = Uint8Array.from({ length }, (_, index) => (spool.endOffset + index) % 251);
      chunks += 1;
      spool.append(bytes, chunks * 250);
      marks.add({ endOffset: spool.endOffset, perfMs: chunks * 250, coveredMs: chunks * 250 });
      if (uploader.state.phase === "idle") uploader.start(START);
      uploader.notify();
    },
    /** What the server must have in the end. */
    recorded: () => Array.from({ length: spool.endOffset }, (_, offset) => offset % 251),
    settle: (ms = 0) => vi.advanceTimersByTimeAsync(ms),
  };
}

test("start goes first, then each chunk's clock before its bytes, and acknowledged bytes are let go", async () => {
  const { server, spool, uploader, record, recorded, settle } = setUp();
  record(10);
  record(20);
  await settle();
  expect(server.messages).toEqual([
    START,
    { type: "clock", offset: 10, perfMs: 250 },
    { type: "clock", offset: 30, perfMs: 500 },
  ]);
  expect(server.bytes).toEqual(recorded());
  expect(spool.startOffset).toBe(30);
  expect(uploader.state).toEqual({ phase: "connected", ackedOffset: 30, queuedBytes: 0, problem: null });
});

test("who connects says what can be sent again: from the last acknowledged byte on", async () => {
  const { server, record, settle } = setUp({ url: "ws://host/ws/video?session=s" });
  record(10);
  await settle();
  server.isHolding = true;
  record(20);
  await settle();
  server.socket.drop(1006);
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.sockets.map(({ url }) => url.split("&")[1])).toEqual(["held=0-10", "held=10-30"]);
});

test("finish says offset and digest after the last byte, and resolves with `finished`", async () => {
  const { server, uploader, record, settle } = setUp();
  record(10);
  const finished = vi.fn();
  void uploader.finish("ab").then(finished);
  await settle();
  expect(server.ofType("finish")).toEqual([{ type: "finish", offset: 10, sha256: "ab" }]);
  expect(finished).toHaveBeenCalled();
  expect(uploader.state.phase).toBe("finished");
});

test("a track without a single byte is finished, too", async () => {
  const { server, uploader, settle } = setUp();
  uploader.start(START);
  void uploader.finish("e3");
  await settle();
  expect(server.isFinished).toBe(true);
});

test("after a cut it comes back, begins with start, and sends from the server's offset on", async () => {
  const { server, uploader, record, recorded, settle } = setUp();
  record(10);
  await settle();
  server.socket.drop(1006);
  expect(uploader.state.phase).toBe("waiting");
  record(10);
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.sockets).toHaveLength(2);
  expect(server.ofType("start")).toHaveLength(2);
  expect(server.bytes).toEqual(recorded());
});

test("bytes that came but were not acknowledged before the cut are not sent again", async () => {
  const { server, record, recorded, settle } = setUp();
  server.isHolding = true;
  record(10);
  await settle();
  server.socket.drop(1006);
  server.isHolding = false;
  record(5);
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.bytes).toEqual(recorded());
  expect(server.socket.messageSizes).toEqual([5]);
});

test("bytes that were sent and did not arrive are sent again, with their clocks", async () => {
  const { server, record, recorded, settle } = setUp();
  server.isHolding = true;
  record(10);
  record(10);
  await settle();
  // The server went down before it had written the second half.
  server.bytes.length = 7;
  server.messages.length = 0;
  server.socket.drop(1006);
  server.isHolding = false;
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.bytes).toEqual(recorded());
  expect(server.ofType("clock").map(({ offset }) => offset)).toEqual([10, 20]);
});

test("bytes that were being read when the connection broke do not go over the next one out of place", async () => {
  const { server, spool, record, recorded, settle } = setUp();
  record(10);
  await settle();
  const read = spool.read.bind(spool);
  let slowReads = 1;
  spool.read = async (offset, maxBytes) => {
    const bytes = await read(offset, maxBytes);
    if (slowReads-- > 0) await new Promise((resolve) => setTimeout(resolve, 30_000));
    return bytes;
  };
  record(10);
  server.socket.drop(1006);
  await settle(PAST_EVERY_BACK_OFF_MS);
  record(10);
  await settle(60_000);
  expect(server.bytes).toEqual(recorded());
});

test("bytes that the browser cannot read at the moment are read again a little later", async () => {
  const { server, spool, uploader, record, recorded, settle } = setUp();
  record(10);
  await settle();
  const read = spool.read.bind(spool);
  spool.read = async () => {
    spool.read = read;
    throw new AppError("unavailable", "spool_unavailable", "This browser does not let recordings be stored.");
  };
  record(10);
  await settle();
  expect(uploader.state).toMatchObject({ phase: "waiting", problem: { code: "spool_unavailable" }, queuedBytes: 10 });
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.bytes).toEqual(recorded());
  expect(uploader.state).toEqual({ phase: "connected", ackedOffset: 20, queuedBytes: 0, problem: null });
});

test("repeated and old acknowledgements change nothing", async () => {
  const { server, spool, uploader, record, settle } = setUp();
  record(10);
  await settle();
  server.socket.acknowledge();
  server.socket.say({ type: "ack", offset: 3 });
  expect(uploader.state.ackedOffset).toBe(10);
  expect(spool.startOffset).toBe(10);
});

test("a finish that was not answered before the cut is said again", async () => {
  const { server, uploader, record, settle } = setUp();
  record(10);
  await settle();
  server.socket.send = (data) => {
    if (typeof data === "string") server.socket.drop(1006);
  };
  const finished = vi.fn();
  void uploader.finish(null).then(finished);
  await settle();
  expect(finished).not.toHaveBeenCalled();
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.ofType("finish")).toEqual([{ type: "finish", offset: 10 }]);
  expect(finished).toHaveBeenCalled();
});

test("no more than 1 MiB waits in the socket, in messages no longer than the server takes", async () => {
  const { server, record, settle } = setUp();
  server.maxMessageBytes = 1000;
  record(2500);
  await settle();
  expect(server.socket.messageSizes).toEqual([1000, 1000, 500]);
  server.socket.bufferedAmount = 1024 ** 2;
  record(10);
  await settle(1000);
  expect(server.bytes).toHaveLength(2500);
  server.socket.bufferedAmount = 1024 ** 2 - 1;
  await settle(1000);
  expect(server.bytes).toHaveLength(2510);
});

test("a server that restarts is come back to at once", async () => {
  const { server, record, settle } = setUp();
  record(10);
  await settle();
  server.socket.drop(CLOSE_COME_BACK);
  await settle(0);
  expect(server.sockets).toHaveLength(2);
});

test("pauses between attempts double to ten seconds, and begin anew after success", async () => {
  const { server, record, settle } = setUp();
  server.isDown = true;
  record(10);
  await settle(60_000);
  // 0.25–0.5 s, then twice as much each time, 5–10 s in the end: between 9 and 14 attempts in the first minute.
  expect(server.sockets.length).toBeGreaterThanOrEqual(9);
  expect(server.sockets.length).toBeLessThanOrEqual(14);
  server.isDown = false;
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(server.bytes).toHaveLength(10);
  const before = server.sockets.length;
  server.socket.drop(1006);
  await settle(500);
  expect(server.sockets).toHaveLength(before + 1);
});

test("a new chunk brings an overdue attempt forward when the page's timers sleep", async () => {
  const { server, record, settle } = setUp();
  record(10);
  await settle();
  server.socket.drop(1006);
  vi.setSystemTime(Date.now() + PAST_EVERY_BACK_OFF_MS);
  record(10);
  expect(server.sockets).toHaveLength(2);
  // One attempt at a time.
  record(10);
  expect(server.sockets).toHaveLength(2);
});

test("it says that it waits until it is connected again, through all attempts", async () => {
  const { server, uploader, record, settle } = setUp();
  record(10);
  expect(uploader.state.phase).toBe("connecting");
  await settle();
  server.isDown = true;
  server.socket.drop(1006);
  const phases = new Set<string>();
  for (let step = 0; step < 300; step += 1) {
    await settle(50);
    phases.add(uploader.state.phase);
  }
  expect([...phases]).toEqual(["waiting"]);
  server.isDown = false;
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(uploader.state.phase).toBe("connected");
});

test("retry comes back without waiting", async () => {
  const { server, uploader, record, settle } = setUp();
  server.isDown = true;
  record(10);
  await settle(20_000);
  server.isDown = false;
  uploader.retry();
  await settle();
  expect(server.bytes).toHaveLength(10);
});

test("a connection that acknowledges nothing for 20 s is given up for another", async () => {
  const { server, record, settle } = setUp();
  server.isHolding = true;
  record(10);
  await settle(19_000);
  expect(server.sockets).toHaveLength(1);
  await settle(2000);
  expect(server.sockets.length).toBeGreaterThan(1);
});

test("a paused recording, with nothing to acknowledge, keeps its connection", async () => {
  const { server, record, settle } = setUp();
  record(10);
  await settle(600_000);
  expect(server.sockets).toHaveLength(1);
});

describe("an error that passes", () => {
  test("is shown until the server takes bytes again", async () => {
    const { server, uploader, record, settle } = setUp();
    record(10);
    await settle();
    server.socket.say({ type: "error", code: "disk_full", message: "No room.", retry: true });
    server.socket.drop(OUTCOMES.storage_full.closeCode);
    expect(uploader.state).toMatchObject({ phase: "waiting", problem: { code: "disk_full", message: "No room." } });
    record(10);
    await settle(PAST_EVERY_BACK_OFF_MS);
    expect(uploader.state).toMatchObject({ phase: "connected", problem: null, ackedOffset: 20 });
  });

  test("of a wrong offset is settled by the next `ready`", async () => {
    const { server, uploader, record, settle } = setUp();
    record(10);
    await settle();
    const error = { type: "error", code: "offset_mismatch", message: "Bytes are missing.", retry: false } as const;
    server.socket.say({ ...error, expectedOffset: 10 });
    server.socket.drop(OUTCOMES.conflict.closeCode);
    record(10);
    await settle(PAST_EVERY_BACK_OFF_MS);
    expect(uploader.state).toMatchObject({ phase: "connected", ackedOffset: 20 });
  });
});

describe("an error that does not pass", () => {
  test("stops it with the server's words, until it is told to try again", async () => {
    const { server, uploader, record, settle } = setUp();
    record(10);
    await settle();
    server.socket.say({ type: "error", code: "recording_ended", message: "It has ended.", retry: false });
    server.socket.drop(OUTCOMES.conflict.closeCode);
    await settle(60_000);
    expect(uploader.state).toMatchObject({ phase: "failed", problem: { code: "recording_ended" } });
    expect(server.sockets).toHaveLength(1);
    record(10);
    uploader.retry();
    await settle();
    expect(uploader.state).toMatchObject({ phase: "connected", ackedOffset: 20 });
  });

  test("is also known by its close code alone", async () => {
    const { server, uploader, record, settle } = setUp();
    record(10);
    await settle();
    server.socket.drop(OUTCOMES.not_found.closeCode);
    expect(uploader.state.phase).toBe("failed");
  });

  test("of a connection that another page replaced is not fought over", async () => {
    const { server, uploader, record, settle } = setUp();
    record(10);
    await settle();
    server.socket.drop(CLOSE_REPLACED);
    await settle(60_000);
    expect(uploader.state).toMatchObject({ phase: "failed", problem: { code: "replaced" } });
    expect(server.sockets).toHaveLength(1);
  });

  test("of a refused connection is found out over HTTP", async () => {
    const reason = new AppError("unauthenticated", "signed_out", "Signed out.");
    const { server, uploader, record, settle } = setUp({ diagnose: async () => reason });
    server.isDown = true;
    record(10);
    await settle(60_000);
    expect(uploader.state).toMatchObject({ phase: "failed", problem: { code: "signed_out" } });
    expect(server.sockets).toHaveLength(1);
  });

  test("is none while the server is only away", async () => {
    const away = new AppError("unavailable", "unreachable", "Away.");
    const { server, uploader, record, settle } = setUp({ diagnose: async () => away });
    server.isDown = true;
    record(10);
    await settle(5000);
    expect(uploader.state.phase).not.toBe("failed");
  });
});

test("a server that has lost bytes which it had acknowledged is not sent a track with a hole", async () => {
  const { server, uploader, record, settle } = setUp();
  record(10);
  await settle();
  server.bytes.length = 4;
  server.socket.drop(1006);
  record(10);
  await settle(PAST_EVERY_BACK_OFF_MS);
  expect(uploader.state).toMatchObject({ phase: "failed", problem: { code: "offset_unknown" } });
  expect(server.bytes).toHaveLength(4);
});

test("an aborted upload says nothing more, and its finish resolves", async () => {
  const { server, uploader, record, settle } = setUp();
  server.isDown = true;
  record(10);
  const finished = vi.fn();
  void uploader.finish("ab").then(finished);
  await settle(1000);
  uploader.abort();
  const before = server.sockets.length;
  await settle(60_000);
  expect(finished).toHaveBeenCalled();
  expect(server.sockets).toHaveLength(before);
});

test("whatever is cut, lost and held back: in the end the server has every byte once, in order", async () => {
  const happening = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ what: fc.constant("record" as const), bytes: fc.integer({ min: 1, max: 3000 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 12_000 }) }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("cut" as const), code: fc.constantFrom(1006, 1012, 1013) }) },
    // The server dies and has only what it acknowledged, and a part of what came after.
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant("die" as const), kept: fc.double({ min: 0, max: 1, noNaN: true }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant("turn" as const), isDown: fc.boolean(), isHolding: fc.boolean() }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
      const { server, spool, uploader, record, recorded, settle } = setUp();
      server.maxMessageBytes = 1024;
      record(1);
      for (const it of happenings) {
        if (it.what === "record") record(it.bytes);
        else if (it.what === "wait") await settle(it.ms);
        else if (it.what === "cut") server.socket.drop(it.code);
        else if (it.what === "die") {
          const unsafe = server.bytes.length - spool.startOffset;
          server.bytes.length = spool.startOffset + Math.floor(unsafe * it.kept);
          server.socket.drop(1006);
        } else Object.assign(server, { isDown: it.isDown, isHolding: it.isHolding });
      }
      Object.assign(server, { isDown: false, isHolding: false });
      server.socket.acknowledge();
      void uploader.finish("ab");
      await settle(60_000);
      expect(uploader.state.phase).toBe("finished");
      expect(server.bytes).toEqual(recorded());
    }),
    { numRuns: 200 },
  );
});

test("a connection that rests is let go, and comes back to finish", async () => {
  const { server, uploader, record, settle } = setUp();
  record(10);
  await settle();
  uploader.rest();
  expect(uploader.state).toMatchObject({ phase: "idle", queuedBytes: 0 });
  await settle(60_000);
  expect(server.sockets).toHaveLength(1);
  void uploader.finish(null);
  await settle();
  expect(server.sockets).toHaveLength(2);
  expect(server.ofType("finish")).toEqual([{ type: "finish", offset: 10 }]);
  expect(uploader.state.phase).toBe("finished");
});
