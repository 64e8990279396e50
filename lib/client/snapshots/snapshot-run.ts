/** One recording by snapshots from its beginning to its end: opens the camera or screen, takes five pictures a second. */
import { api } from "@/lib/client/api";
import { type Capture, CaptureError, openCapture } from "@/lib/client/capture/capture";
import { DEFAULT_CHOICES } from "@/lib/client/capture/choices";
import { startTicker } from "@/lib/client/capture/ticker";
import { PictureTaker } from "@/lib/client/snapshots/picture-taker";
import { type SenderState, SnapshotSender } from "@/lib/client/snapshots/snapshot-sender";

export const SNAPSHOT_INTERVAL_MS = 200;

export interface SnapshotRun {
  /** What is taken, for the page to show. */
  track: MediaStreamTrack;
  /** Ends it; what is kept is still sent. */
  stop(): void;
  /** Lets everything go. */
  close(): void;
}

/**
 * @param onState told at every change
 * @throws {CaptureError} when the browser gives no picture; {AppError} when the server makes no session
 */
export async function startSnapshotRun(
  source: "camera" | "screen",
  name: string,
  onState: (state: SenderState) => void,
): Promise<SnapshotRun> {
  let stop = () => {};
  const choices = { ...DEFAULT_CHOICES, source, withMicrophone: false, withSystemSound: false };
  const capture: Capture = await openCapture(choices, () => stop());
  try {
    const track = capture.video;
    if (track === null) {
      const explanation = "The browser gave nothing to take pictures of.";
      throw new CaptureError({ code: "unknown", title: "There is no picture", explanation, steps: [] });
    }
    const taker = await PictureTaker.open(track);
    const { sessionId } = await api.post<{ sessionId: string }>("/snapshots", { name });
    const address = new URL(`/api/focus/ws/${sessionId}?enable_recording=true`, window.location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const sender = new SnapshotSender(address.href, onState);
    let isTaking = false;
    const endTicks = startTicker(SNAPSHOT_INTERVAL_MS, () => {
      // A slow machine takes fewer.
      if (isTaking) return;
      isTaking = true;
      void taker.take().then((picture) => {
        isTaking = false;
        if (picture !== null) sender.add(picture);
      });
    });
    stop = () => {
      endTicks();
      capture.stop();
      taker.close();
      sender.finish();
    };
    return {
      track,
      stop: () => stop(),
      close() {
        endTicks();
        capture.stop();
        taker.close();
        sender.close();
      },
    };
  } catch (error) {
    capture.stop();
    throw error;
  }
}
