import { expect, test } from "vitest";
import { InterruptionNotes } from "@/lib/client/session/interruption-notes";
import { Deferred } from "@/lib/client/upload/deferred";
import { AppError } from "@/lib/domain/errors";
import type { NoteInterruptionRequest } from "@/lib/protocol/recordings";

const NOTE: NoteInterruptionRequest = { take: 2, kind: "audio", fromMs: 1200, toMs: null, code: "device_lost" };

test("the server is told when it knows the take, and again until it hears", async () => {
  const heard: NoteInterruptionRequest[] = [];
  let failures = 2;
  const tried = new Deferred();
  const notes = new InterruptionNotes("id", async (note) => {
    if (failures > 0) {
      failures -= 1;
      // The next try need not be waited for.
      queueMicrotask(() => tried.resolve());
      throw new AppError("unavailable", "unreachable", "No answer.");
    }
    heard.push(note);
  });
  const known = new Deferred();
  notes.add(NOTE, known.promise);
  expect(failures).toBe(2);
  known.resolve();
  await tried.promise;
  const retrying = setInterval(() => notes.retry(), 1);
  await notes.settled;
  clearInterval(retrying);
  expect(heard).toEqual([NOTE]);
});

test("who is refused, and who gives up, waits no longer", async () => {
  const refused = new InterruptionNotes("id", () =>
    Promise.reject(new AppError("not_found", "recording_not_found", "There is none.")),
  );
  refused.add(NOTE, Promise.resolve());
  await refused.settled;

  const waiting = new InterruptionNotes("id", () => Promise.reject(new Error("must not be asked")));
  waiting.add(NOTE, new Promise(() => {}));
  waiting.abort();
  await waiting.settled;
});

test("nothing to tell is told at once", () => new InterruptionNotes("id").settled);
