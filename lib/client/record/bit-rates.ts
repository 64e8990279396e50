/** How many bits a second to ask of MediaRecorder. */

/** Opus, stereo; 128 kb/s asked gives 130 kb/s. */
export const AUDIO_BITS_PER_SECOND = 128_000;

const REFERENCE_PIXELS_PER_SECOND = 1280 * 720 * 30;
/**
 * For 720p30. H.264 in Chromium delivers about half of what is asked: 5 Mb/s asked gives 2.5 Mb/s and the quality of
 * VP8 at 2.7 Mb/s, which delivers what it is asked (SSIM 0.897 both).
 */
const REFERENCE_BITS_PER_SECOND = { h264: 5_000_000, other: 2_700_000 };
const LEAST_BITS_PER_SECOND = 1_000_000;
const MOST_BITS_PER_SECOND = 20_000_000;
/** Larger pictures need fewer bits for each pixel: neighbours are more alike. */
const EXPONENT = 0.75;

/**
 * @param mimeType as asked of the recorder
 * @param picture size in pixels and frames a second; null or 0 where the browser does not say
 */
export function videoBitsPerSecond(
  mimeType: string,
  picture: { widthPx?: number | undefined; heightPx?: number | undefined; framesPerSecond?: number | undefined },
): number {
  const pixelsPerSecond = (picture.widthPx || 1280) * (picture.heightPx || 720) * (picture.framesPerSecond || 30);
  const reference = REFERENCE_BITS_PER_SECOND[/h264|avc/i.test(mimeType) ? "h264" : "other"];
  const wanted = reference * (pixelsPerSecond / REFERENCE_PIXELS_PER_SECOND) ** EXPONENT;
  return Math.round(Math.min(MOST_BITS_PER_SECOND, Math.max(LEAST_BITS_PER_SECOND, wanted)));
}
