/** What every part of following one recording works with. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import type { InputLimits } from "@/lib/media/ffmpeg-input";
import type { PictureSize } from "@/lib/media/picture-size";
import type { Config } from "@/lib/server/config/load";
import type { Log } from "@/lib/server/log";

export interface FollowContext {
  config: Config;
  log: Log;
  inputLimits: InputLimits;
  /** Of the picture's encoder. */
  threads: number;
  settings: CompileSettings;
  /** Aborted when the recording is deleted or given up, or the worker stops. */
  signal: AbortSignal;
  /** Takes what encoding such a picture needs. @returns whether the machine has it */
  takeEncoder: (size: PictureSize) => Promise<boolean>;
}
