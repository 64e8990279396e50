/** The worker that owns the OPFS files of all tracks of a page. */
import type { OpfsAnswer, OpfsRequest, OpfsResult } from "@/lib/client/spool/opfs-messages";
import { OpfsTrack } from "@/lib/client/spool/opfs-track";
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<OpfsRequest>) => void) | null;
  postMessage(answer: OpfsAnswer): void;
};

const tracks = new Map<number, OpfsTrack>();

async function serve(request: OpfsRequest): Promise<OpfsResult> {
  if (request.call === "create") {
    tracks.set(request.track, await OpfsTrack.create(request.facts));
    return;
  }
  if (request.call === "open") {
    const opened = await OpfsTrack.open(request.identity);
    if (opened === null) return null;
    tracks.set(request.track, opened.store);
    return opened.track;
  }
  const track = tracks.get(request.track);
  if (track === undefined) throw bytesMissing();
  switch (request.call) {
    case "append":
      return track.append(request.chunk).then(() => undefined);
    case "read":
      return track.read(request.offset, request.maxBytes);
    case "note":
      return track.note(request.facts).then(() => undefined);
    case "release":
      return track.release(request.offset).then(() => undefined);
    case "remove":
      tracks.delete(request.track);
      return track.remove().then(() => undefined);
  }
}

scope.onmessage = ({ data }) => {
  serve(data).then(
    (result) => scope.postMessage({ id: data.id, result }),
    (thrown) => {
      const { kind, code, message, detail } = storageError(thrown);
      scope.postMessage({ id: data.id, error: { kind, code, message, ...(detail === undefined ? {} : { detail }) } });
    },
  );
};
