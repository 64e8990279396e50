/** Real files for the pictures of the documentation: small to make, as long and as large as the real thing. */
import { mkdir, open, stat } from "node:fs/promises";
import path from "node:path";
import { chromium } from "@playwright/test";
import { execa } from "execa";
import { SCENES } from "@/tests/screenshots/scenes";
import { CHROMIUM_FLAGS, chromiumPath } from "@/tests/support/chromium";

/** Draws every scene to `{name}.png` in a folder. */
export async function drawScenes(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS });
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  for (const [name, html] of Object.entries(SCENES)) {
    await page.setContent(html);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
  await browser.close();
}

/** An MP4 of one picture and a quiet tone. @param fps one a second is enough for a picture that stands still */
export async function makeMp4(picture: string | null, durationMs: number, output: string): Promise<void> {
  const seconds = String(durationMs / 1000);
  const sound = ["-f", "lavfi", "-t", seconds, "-i", "sine=frequency=220:sample_rate=16000"];
  const video =
    picture === null
      ? { input: [], output: [] }
      : {
          input: ["-loop", "1", "-framerate", "1", "-t", seconds, "-i", picture],
          output: ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "stillimage", "-pix_fmt", "yuv420p"],
        };
  const audio = ["-c:a", "aac", "-ac", "1", "-b:a", "24k", "-af", "volume=0.05"];
  await execa("ffmpeg", [
    ...["-v", "error", "-y"],
    ...video.input,
    ...sound,
    ...video.output,
    ...audio,
    ...["-movflags", "+faststart", output],
  ]);
}

/** A thumbnail of a picture; of sound its wave. */
export async function makeThumbnail(picture: string | null, output: string): Promise<void> {
  const speech = "aevalsrc='0.5*sin(440*t)*abs(sin(1.7*t)*sin(0.43*t)*sin(6.1*t))':d=60:s=8000";
  const wave = [
    "-f",
    "lavfi",
    "-i",
    `color=c=0x1d2024:s=640x360:d=1[b];${speech},showwavespic=s=640x240:colors=0xE0312A[w];[b][w]overlay=0:60`,
  ];
  const input = picture === null ? wave : ["-i", picture, "-vf", "scale=640:-2"];
  await execa("ffmpeg", ["-v", "error", "-y", ...input, "-frames:v", "1", "-q:v", "4", output]);
}

/**
 * Makes a file as large as a recording would be without filling the disk: a hole at its end. In an MP4 the hole is a
 * `free` box (ISO/IEC 14496-12 §8.1.2), so that it stays a correct file.
 */
export async function inflate(file: string, sizeBytes: number, isMp4: boolean): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (sizeBytes < size + 16) return;
  const handle = await open(file, "a");
  if (isMp4) {
    const header = Buffer.alloc(16);
    header.writeUInt32BE(1, 0); // the size follows the type, in 64 bits
    header.write("free", 4, "latin1");
    header.writeBigUInt64BE(BigInt(sizeBytes - size), 8);
    await handle.write(header);
  }
  await handle.truncate(sizeBytes);
  await handle.close();
}
