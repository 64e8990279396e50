import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Recoveries } from "@/lib/client/recovery/recoveries";
import { PageLocks } from "@/lib/client/session/recording-locks";
import { FakeTrackStore } from "@/lib/client/spool/fake-track-store";
import type { FoundTrack } from "@/lib/client/spool/open-track-store";
import type { StoredTrack, TrackFacts } from "@/lib/client/spool/track-store";
import { FakeIngest } from "@/lib/client/upload/fake-ingest";
import type { RecordingResource } from "@/lib/protocol/recordings";

/** What the page that crashed had stored, and the server that it had been recording to. */
function setUp() {
  const ingest = new FakeIngest();
  const store = new FakeTrackStore();
  const asked: string[] = [];
  const recording = {
    title: "Talk",
    state: "recording" as RecordingResource["state"],
    takes: [{ number: 1 }],
    tracks: [] as Partial<RecordingResource["tracks"][number]>[],
  };
  const answers = { status: 200, nextTake: 2 };
  vi.stubGlobal("fetch", async (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path.replace("/api/v1/recordings/", "")}`);
    if (answers.status === 0) throw new TypeError("Failed to fetch");
    const isTake = path.endsWith("/takes");
    if (isTake) recording.takes.push({ number: answers.nextTake });
    const missing = { code: "recording_not_found", message: "There is no such recording." };
    const body = answers.status === 404 ? missing : isTake ? { number: answers.nextTake++ } : recording;
    return new Response(JSON.stringify(body), { status: answers.status });
  });
  let isStored = true;
  /** Leaves `length` bytes, each different from its neighbours, the first `sentBytes` of which the server has. */
  function leave(length: number, { sentBytes = 0, ...facts }: Partial<TrackFacts> & { sentBytes?: number } = {}) {
    const bytes = Uint8Array.from({ length }, (_, offset) => offset % 251);
    store.chunks = [{ offset: 0, bytes, perfMs: 250 }];
    ingest.bytes = [...bytes.subarray(0, sentBytes)];
    const track: StoredTrack = {
      facts: {
        ...{ version: 1, recordingId: "r", take: 1, kind: "audio", ownerId: "me", title: "Talk", browser: "chromium" },
        ...{ cause: null, takeTracks: ["audio"], mimeType: "audio/webm", startedAtMs: 7, ackedOffset: 0 },
        ...{ isComplete: false, isLast: false },
        ...facts,
      },
      startOffset: 0,
      endOffset: length,
      marks: [{ endOffset: length, perfMs: 250 }],
    };
    const found: FoundTrack = {
      ...{ recordingId: "r", take: track.facts.take, kind: "audio" },
      open: async () => (store.isRemoved ? null : { track, store }),
    };
    return async () => (isStored && !store.isRemoved ? [found] : []);
  }
  let giveLock = () => {};
  const recoveriesOf = (findTracks: () => Promise<FoundTrack[]>, { isHeldElsewhere = false } = {}) => {
    const acquire = () =>
      new Promise<() => void>((resolve) => {
        giveLock = () => resolve(() => {});
        if (!isHeldElsewhere) giveLock();
      });
    return new Recoveries({
      userId: "me",
      sockets: { video: "ws://host/ws/video", audio: "ws://host/ws/audio" },
      findTracks,
      locks: new PageLocks(acquire),
      openSocket: ingest.open,
    });
  };
  return {
    ...{ ingest, store, asked, recording, answers, leave, recoveriesOf },
    giveLock: () => giveLock(),
    forget: () => {
      isStored = false;
    },
    settle: (ms = 1000) => vi.advanceTimersByTimeAsync(ms),
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what is left is sent from where the server is, each byte once, and not called complete", async () => {
  const { ingest, store, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100, { sentBytes: 40 }));
  await recoveries.look();
  await settle();
  expect(ingest.bytes).toEqual(Array.from({ length: 100 }, (_, offset) => offset));
  expect(ingest.ofType("start")).toEqual([
    { type: "start", mimeType: "audio/webm", startedAtMs: 7, browser: "chromium" },
  ]);
  expect(ingest.ofType("clock")).toEqual([{ type: "clock", offset: 100, perfMs: 250 }]);
  expect(ingest.ofType("finish")).toEqual([]);
  expect(recoveries.state).toMatchObject([{ phase: "sent", title: "Talk", isOpen: true, waitingBytes: 0 }]);
  expect(store.isRemoved).toBe(false);
});

test("finishing ends the recording, and then nothing is left in the browser", async () => {
  const { ingest, store, asked, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100));
  await recoveries.look();
  await settle();
  recoveries.get("r")?.finish();
  await settle();
  expect(store.facts?.isLast).toBe(true);
  expect(ingest.isFinished).toBe(true);
  expect(store.isRemoved).toBe(true);
  expect(asked).toContain("POST r/stop");
  expect(recoveries.state).toMatchObject([{ phase: "done", isOpen: false }]);
});

test("going on begins the next take before the tracks of the last one are called complete", async () => {
  const { ingest, store, asked, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100));
  await recoveries.look();
  await settle();
  const begun = recoveries.get("r")?.begin(["audio"]);
  expect(ingest.ofType("finish")).toEqual([]);
  expect(await begun).toEqual({ recordingId: "r", title: "Talk", take: { number: 2, cause: "page_closed" } });
  await settle();
  expect(ingest.isFinished).toBe(true);
  expect(store.isRemoved).toBe(true);
  expect(asked).not.toContain("POST r/stop");
});

test("a recording that its user had stopped is brought to its end unasked", async () => {
  const { ingest, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100, { isComplete: true, isLast: true }));
  await recoveries.look();
  await settle();
  expect(ingest.isFinished).toBe(true);
  expect(recoveries.state).toMatchObject([{ phase: "done" }]);
});

test("what the server has beyond the last stored byte is not asked for again", async () => {
  const { ingest, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100, { sentBytes: 100 }));
  ingest.bytes.push(100, 101, 102);
  await recoveries.look();
  await settle();
  recoveries.get("r")?.finish();
  await settle();
  expect(ingest.ofType("finish")).toEqual([{ type: "finish", offset: 103 }]);
  expect(ingest.socket.messageSizes).toEqual([]);
});

test("a take that began while the server was away is told to it before it is sent", async () => {
  const { ingest, asked, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100, { take: 2, cause: "device_lost" }));
  await recoveries.look();
  await settle();
  expect(asked).toEqual(["GET r", "POST r/takes"]);
  expect(ingest.socket.url).toBe("ws://host/ws/audio?session=r&take=2");
  expect(ingest.bytes).toHaveLength(100);
});

test("nothing is touched while another page holds the recording, and all is done when that ends", async () => {
  const { ingest, asked, leave, recoveriesOf, giveLock, settle } = setUp();
  const recoveries = recoveriesOf(leave(100), { isHeldElsewhere: true });
  await recoveries.look();
  await recoveries.look();
  await settle(600_000);
  expect([asked, ingest.sockets, recoveries.state]).toEqual([[], [], []]);
  giveLock();
  await settle();
  expect(ingest.bytes).toHaveLength(100);
});

test("a recording that its own page brought to its end meanwhile is not mentioned", async () => {
  const { asked, leave, recoveriesOf, giveLock, forget, settle } = setUp();
  const recoveries = recoveriesOf(leave(100), { isHeldElsewhere: true });
  await recoveries.look();
  forget();
  giveLock();
  await settle();
  expect([asked, recoveries.state]).toEqual([[], []]);
});

test("of a deleted recording nothing is kept, and that is said until it was read", async () => {
  const { store, answers, leave, recoveriesOf, settle } = setUp();
  answers.status = 404;
  const recoveries = recoveriesOf(leave(100));
  await recoveries.look();
  await settle();
  expect(store.isRemoved).toBe(true);
  expect(recoveries.state).toMatchObject([{ phase: "gone", title: "Talk" }]);
  recoveries.dismiss("r");
  expect(recoveries.state).toEqual([]);
});

test("another user's recording is neither sent nor removed, unless that is asked for", async () => {
  const { store, asked, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100, { ownerId: "somebody else" }));
  await recoveries.look();
  await settle();
  expect(asked).toEqual([]);
  expect(store.isRemoved).toBe(false);
  expect(recoveries.state).toMatchObject([{ phase: "foreign" }]);
  await recoveries.get("r")?.remove();
  await settle();
  expect(store.isRemoved).toBe(true);
  expect(recoveries.state).toEqual([]);
});

test("a server that is away is asked again until it is there", async () => {
  const { ingest, answers, leave, recoveriesOf, settle } = setUp();
  answers.status = 0;
  const recoveries = recoveriesOf(leave(100));
  await recoveries.look();
  await settle(60_000);
  expect(ingest.sockets).toEqual([]);
  answers.status = 200;
  await settle(20_000);
  expect(ingest.bytes).toHaveLength(100);
});

test("a recording that ended with everything is forgotten here, and not opened again", async () => {
  const { ingest, store, recording, leave, recoveriesOf, settle } = setUp();
  recording.state = "ready";
  recording.tracks = [{ take: 1, kind: "audio", sizeBytes: 100 }];
  const recoveries = recoveriesOf(leave(100, { sentBytes: 100 }));
  await recoveries.look();
  await settle();
  expect(store.isRemoved).toBe(true);
  expect([ingest.sockets, recoveries.state]).toEqual([[], []]);
});

test("a server that takes no more says why, and what is left stays until it is deleted here", async () => {
  const { ingest, store, leave, recoveriesOf, settle } = setUp();
  const recoveries = recoveriesOf(leave(100));
  ingest.isHolding = true;
  await recoveries.look();
  await settle();
  ingest.socket.say({
    type: "error",
    code: "track_finished",
    message: "This track is finished already.",
    retry: false,
  });
  ingest.socket.drop(4409);
  await settle();
  expect(recoveries.state).toMatchObject([{ phase: "failed", problem: "This track is finished already." }]);
  expect(store.isRemoved).toBe(false);
});
