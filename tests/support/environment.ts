/** The environment for a test's processes: without the settings of whoever runs the tests. */
import { devNull } from "node:os";
import { SETTINGS } from "@/lib/server/config/settings";

/** Which FFmpeg there is concerns tests too; where somebody's real database is does not. */
const PASSED_ON = ["FFMPEG_PATH", "FFPROBE_PATH"];

export function testEnvironment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !(name in SETTINGS) || PASSED_ON.includes(name));
  return { ...Object.fromEntries(others), NODE_ENV: process.env.NODE_ENV, ENV_FILE: devNull };
}
