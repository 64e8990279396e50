/** Takes JPEGs of a track: a picture element plays it, a canvas of one size takes what it shows. */

export interface TakenPicture {
  jpeg: Blob;
  /** By a clock that only goes forward, whole ms since the epoch. */
  capturedMs: number;
}

/** Larger pictures are made smaller: the page is to stay light. */
const LONGEST_SIDE_PX = 1280;
const QUALITY = 0.8;

/** Now, by a clock that no setting of the computer's turns back. */
export function steadyNowMs(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

export class PictureTaker {
  readonly #video: HTMLVideoElement;
  readonly #canvas = document.createElement("canvas");

  private constructor(video: HTMLVideoElement) {
    this.#video = video;
    const { videoWidth, videoHeight } = video;
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(videoWidth, videoHeight));
    this.#canvas.width = even(videoWidth * scale);
    this.#canvas.height = even(videoHeight * scale);
  }

  /** Resolves when there is a picture to take. */
  static async open(track: MediaStreamTrack): Promise<PictureTaker> {
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    video.srcObject = new MediaStream([track]);
    await video.play();
    return new PictureTaker(video);
  }

  /** @returns null when the browser gives none */
  async take(): Promise<TakenPicture | null> {
    const context = this.#canvas.getContext("2d");
    if (context === null) return null;
    const { width, height } = this.#canvas;
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth === 0 || videoHeight === 0) return null;
    // A window that has changed its size is fitted in.
    const scale = Math.min(width / videoWidth, height / videoHeight);
    const [shownWidth, shownHeight] = [videoWidth * scale, videoHeight * scale];
    context.fillRect(0, 0, width, height);
    const capturedMs = steadyNowMs();
    context.drawImage(this.#video, (width - shownWidth) / 2, (height - shownHeight) / 2, shownWidth, shownHeight);
    const jpeg = await new Promise<Blob | null>((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return jpeg === null ? null : { jpeg, capturedMs };
  }

  close(): void {
    this.#video.srcObject = null;
  }
}

function even(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}
