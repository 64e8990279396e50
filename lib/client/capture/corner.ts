/** Puts the camera into a corner of the shared screen: both are drawn onto a canvas, which is what is recorded. */
import { startTicker } from "@/lib/client/capture/ticker";

const FRAMES_PER_SECOND = 30;
/** Larger screens are scaled down: every pixel is drawn again for each frame. */
const MOST_PIXELS = 1920 * 1080;

export interface Composition {
  track: MediaStreamTrack;
  stop(): void;
}

/** Where things lie on the canvas, in its pixels. */
export interface CornerLayout {
  x: number;
  y: number;
  sizePx: number;
  radiusPx: number;
}

/** Size of the canvas for a screen of this size: the same shape, of even sides, and not too many pixels. */
export function canvasSize(widthPx: number, heightPx: number): { width: number; height: number } {
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (widthPx * heightPx)));
  const even = (px: number) => Math.max(2, Math.floor((px * scale) / 2) * 2);
  return { width: even(widthPx), height: even(heightPx) };
}

/** A rounded square at the lower right, a quarter of the shorter side, kept off the edge. */
export function cornerLayout(widthPx: number, heightPx: number): CornerLayout {
  const shorter = Math.min(widthPx, heightPx);
  const sizePx = Math.round(shorter * 0.25);
  const marginPx = Math.round(shorter * 0.025);
  return {
    x: widthPx - marginPx - sizePx,
    y: heightPx - marginPx - sizePx,
    sizePx,
    radiusPx: Math.round(sizePx * 0.18),
  };
}

/** The largest square in the middle of a picture, and so what of the camera is seen. */
export function middleSquare(widthPx: number, heightPx: number): { x: number; y: number; sizePx: number } {
  const sizePx = Math.min(widthPx, heightPx);
  return { x: (widthPx - sizePx) / 2, y: (heightPx - sizePx) / 2, sizePx };
}

/**
 * The canvas follows the size of what is shared. When the camera ends, the screen goes on alone.
 *
 * @param screen,camera live video tracks; they are not stopped here
 */
export async function composeCorner(screen: MediaStreamTrack, camera: MediaStreamTrack): Promise<Composition> {
  const [screenVideo, cameraVideo] = await Promise.all([playing(screen), playing(camera)]);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("no canvas");

  const draw = () => {
    if (screenVideo.videoWidth === 0) return;
    const { width, height } = canvasSize(screenVideo.videoWidth, screenVideo.videoHeight);
    // Setting a size clears the canvas, even to the same.
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(screenVideo, 0, 0, width, height);
    if (camera.readyState === "live" && cameraVideo.videoWidth > 0) drawCamera(context, cameraVideo);
  };
  draw();
  const stream = canvas.captureStream(FRAMES_PER_SECOND);
  const stopTicker = startTicker(1000 / FRAMES_PER_SECOND, draw);
  const track = stream.getVideoTracks()[0] as MediaStreamTrack;
  return {
    track,
    stop() {
      stopTicker();
      track.stop();
      for (const video of [screenVideo, cameraVideo]) video.srcObject = null;
    },
  };
}

function drawCamera(context: CanvasRenderingContext2D, video: HTMLVideoElement): void {
  const { canvas } = context;
  const corner = cornerLayout(canvas.width, canvas.height);
  const seen = middleSquare(video.videoWidth, video.videoHeight);
  context.save();
  context.beginPath();
  context.roundRect(corner.x, corner.y, corner.sizePx, corner.sizePx, corner.radiusPx);
  context.clip();
  context.drawImage(video, seen.x, seen.y, seen.sizePx, seen.sizePx, corner.x, corner.y, corner.sizePx, corner.sizePx);
  context.restore();
  // A thin edge sets it apart from whatever is behind.
  context.strokeStyle = "rgb(255 255 255 / 0.85)";
  context.lineWidth = Math.max(2, Math.round(corner.sizePx / 80));
  context.stroke();
}

async function playing(track: MediaStreamTrack): Promise<HTMLVideoElement> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  return video;
}
