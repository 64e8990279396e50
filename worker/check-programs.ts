/** Makes sure at the start that FFmpeg and ffprobe are there and can do what is asked of them. */
import { execa } from "execa";
import type { Config } from "@/lib/server/config/load";
import { SettingsError } from "@/lib/server/config/settings";

/** `-fps_mode` came with 5.1. */
const OLDEST_VERSION = [5, 1];
const ENCODERS = ["libx264", "aac"];
const TIMEOUT_MS = 20_000;

/**
 * @returns FFmpeg's version
 * @throws {SettingsError} naming what is missing and what to do
 */
export async function checkPrograms({ FFMPEG_PATH, FFPROBE_PATH }: Config): Promise<string> {
  const problems: string[] = [];
  const [version, , encoders] = await Promise.all([
    output("FFMPEG_PATH", FFMPEG_PATH, ["-version"], problems),
    output("FFPROBE_PATH", FFPROBE_PATH, ["-version"], problems),
    output("FFMPEG_PATH", FFMPEG_PATH, ["-hide_banner", "-encoders"], problems),
  ]);
  if (problems.length === 0) {
    const release = /version n?(\d+)\.(\d+)/.exec(version);
    // Builds between releases have names of their own, and are newer.
    if (release !== null && isOlder([Number(release[1]), Number(release[2])], OLDEST_VERSION)) {
      problems.push(`FFMPEG_PATH: FFmpeg ${OLDEST_VERSION.join(".")} or newer is needed; this is ${release[0]}`);
    }
    for (const name of ENCODERS) {
      if (!new RegExp(`^ \\S+ ${name} `, "m").test(encoders)) {
        problems.push(`FFMPEG_PATH: this FFmpeg was built without the encoder ${name}`);
      }
    }
  }
  if (problems.length > 0) throw new SettingsError([...new Set(problems)]);
  return /version (\S+)/.exec(version)?.[1] ?? "unknown";
}

async function output(setting: string, program: string, args: string[], problems: string[]): Promise<string> {
  const result = await execa(program, args, { reject: false, stdin: "ignore", timeout: TIMEOUT_MS });
  if (result.failed) problems.push(`${setting}: "${program}" does not run; install FFmpeg or say where it is`);
  return typeof result.stdout === "string" ? result.stdout : "";
}

function isOlder([major = 0, minor = 0]: number[], [otherMajor = 0, otherMinor = 0]: number[]): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
