/** Looks at an address for somebody who is adding a camera: what it sends, a picture of it, or what is wrong in words. */
import { CameraFailure } from "@/lib/domain/camera-causes";
import { annexB } from "@/lib/media/rtsp/access-unit";
import { parseH264Sequence, parseH265Sequence, type SequenceFacts } from "@/lib/media/rtsp/parameter-sets";
import { type CameraTestJob, type CameraTestResult, cameraTestJob } from "@/lib/protocol/camera-jobs";
import { TEST_CONTEXT } from "@/lib/server/cameras/manage";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import type { Services } from "@/lib/server/services";
import type { ChosenMedia } from "@/worker/capture/rtsp/choose-media";
import { failureOf } from "@/worker/capture/rtsp/rtsp-connection";
import { RtspSession } from "@/worker/capture/rtsp/rtsp-session";
import { renderKeyFrame } from "@/worker/capture/thumbnail-maker";

/** A key frame every ten seconds is rare; with less patience such cameras would seem to send nothing. */
const PATIENCE_MS = 12_000;
/** Long enough to tell how many pictures come in a second. */
const WATCHED_MS = 1500;

interface Seen {
  media: ChosenMedia | null;
  facts: SequenceFacts | null;
  keyFrame: Buffer | null;
  keyFrameAtMs: number[];
  pictures: number;
  firstMs: number;
  lastMs: number;
}

/** Never throws: what is wrong is the answer. */
export async function testCamera(services: Services, data: CameraTestJob): Promise<CameraTestResult> {
  const seen: Seen = {
    ...{ media: null, facts: null, keyFrame: null },
    ...{ keyFrameAtMs: [], pictures: 0, firstMs: 0, lastMs: 0 },
  };
  try {
    await watch(services, cameraTestJob.parse(data), seen);
    const { codec } = (seen.media as ChosenMedia).video;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const jpeg = await renderKeyFrame(
      ffmpegOf(services.config, 1),
      codec,
      seen.keyFrame as Buffer,
      signal,
      services.config.COMPILE_MAX_PIXELS,
    ).catch(() => null);
    return describe(seen, null, jpeg);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === "internal") services.log.warn({ error: failure.detail }, "camera could not be tested");
    return describe(seen, failure, null);
  }
}

/** @throws {CameraFailure} when no key frame comes */
async function watch(services: Services, { url, credentials }: CameraTestJob, seen: Seen): Promise<void> {
  const target = {
    url,
    credentials: credentials === null ? null : JSON.parse(services.sealer.open(credentials, TEST_CONTEXT)),
    verifiesTls: services.config.CAMERA_TLS_VERIFY,
  };
  const controller = new AbortController();
  let finish: (failure: CameraFailure | null) => void = () => {};
  const finished = new Promise<CameraFailure | null>((resolve) => {
    finish = resolve;
  });
  const timer = setTimeout(() => {
    finish(new CameraFailure("no_picture", `No picture came for ${PATIENCE_MS / 1000} s.`));
    controller.abort();
  }, PATIENCE_MS);
  try {
    const opening = RtspSession.open(
      services.outbound,
      target,
      { wantsAudio: true, config: services.config },
      (media, parameterSets) => {
        seen.media = media;
        return {
          onPicture(picture) {
            const now = performance.now();
            if (seen.pictures === 0) seen.firstMs = now;
            seen.lastMs = now;
            seen.pictures += 1;
            if (picture.isKey) {
              seen.keyFrameAtMs.push(now);
              const bytes = picture.bytes.subarray(0, picture.length);
              seen.keyFrame ??= Buffer.concat([annexB(parameterSets()), bytes]);
              seen.facts = factsOf(media, parameterSets());
            }
            if (seen.keyFrame !== null && now - seen.firstMs > WATCHED_MS) finish(null);
          },
          onSound() {},
          onParameterSets() {},
          onEnd: (failure) => finish(seen.keyFrame === null ? (failure ?? new CameraFailure("closed")) : null),
        };
      },
      controller.signal,
    );
    opening.catch((error: unknown) => finish(failureOf(error)));
    const failure = await finished;
    void opening.then((session) => session.close()).catch(() => {});
    if (failure !== null) throw failure;
  } finally {
    clearTimeout(timer);
  }
}

function wordsOf({ isTranscoded, media }: ChosenMedia["video"]): string {
  if (!isTranscoded) return "The camera can be recorded.";
  return `The camera can be recorded: it sends ${media.encoding}, of which H.264 is made here.`;
}

function factsOf({ video }: ChosenMedia, sets: readonly Uint8Array[]): SequenceFacts | null {
  const unit = sets.find((each) => video.rules.typeOf(each[0] ?? 0) === (video.codec === "h264" ? 7 : 33));
  if (unit === undefined) return null;
  return video.codec === "h264" ? parseH264Sequence(unit) : parseH265Sequence(unit);
}

function describe(seen: Seen, failure: CameraFailure | null, jpeg: Buffer | null): CameraTestResult {
  const { media, facts, pictures, firstMs, lastMs, keyFrameAtMs } = seen;
  const seconds = (lastMs - firstMs) / 1000;
  const [firstKey, secondKey] = keyFrameAtMs;
  return {
    ok: failure === null,
    code: failure?.code ?? null,
    message: failure?.message ?? wordsOf((media as ChosenMedia).video),
    videoCodec: media?.video.codec ?? null,
    audioCodec: media?.audio?.codec === "raw" ? media.audio.sound.name : (media?.audio?.codec ?? null),
    skippedAudio: media?.skippedAudio ?? null,
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    framesPerSecond: pictures > 5 && seconds > 0.2 ? Math.round((10 * (pictures - 1)) / seconds) / 10 : null,
    keyFrameSeconds:
      firstKey !== undefined && secondKey !== undefined ? Math.round((secondKey - firstKey) / 100) / 10 : null,
    picture: jpeg === null ? null : `data:image/jpeg;base64,${jpeg.toString("base64")}`,
  };
}
