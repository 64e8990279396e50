/** What the making of one extra works with. */
import type { InputLimits } from "@/lib/media/ffmpeg-input";
import type { Ffmpeg } from "@/lib/server/ffmpeg/run";
import type { Log } from "@/lib/server/log";
import type { ExtraClaim } from "@/lib/server/recordings/extras";

export interface ExtraContext extends Pick<ExtraClaim, "recording" | "mp4"> {
  log: Log;
  ffmpeg: Ffmpeg;
  inputLimits: InputLimits;
  /** Threads of one FFmpeg. */
  threads: number;
  /** Aborted when the recording is deleted or the worker stops. */
  signal: AbortSignal;
  /** Absolute path of a folder for this making alone. */
  workFolder: string;
  /** Tells how much of it is made, from 0 to 1. */
  onShare: (share: number) => void;
  /** Absolute path of the MP4. */
  file: string;
}
