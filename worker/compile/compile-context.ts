/** What every step of one compilation works with. */
import type { InputLimits } from "@/lib/media/ffmpeg-input";
import type { Config } from "@/lib/server/config/load";
import type { Ffmpeg } from "@/lib/server/ffmpeg/run";
import type { Log } from "@/lib/server/log";
import type { ProgressMeter } from "@/worker/compile/progress-meter";
import type { FoundEncoders } from "@/worker/encoders";

export interface CompileContext {
  config: Config;
  log: Log;
  ffmpeg: Ffmpeg;
  /** Threads of one FFmpeg. */
  threads: number;
  inputLimits: InputLimits;
  /** Aborted when the recording is deleted or the worker stops. */
  signal: AbortSignal;
  progress: ProgressMeter;
  /** What pictures can be encoded with; left out: x264 alone. */
  encoders?: () => Promise<FoundEncoders>;
  /**
   * The track was encoded here, of a stream: its codec is what was asked for and stays, where MP4 carries it, and its last
   * picture only marks its end.
   */
  isStream?: boolean;
  /** Asks other workers to encode pieces of a long picture; left out: nobody is asked. */
  askForHelp?: (folder: string, pieces: number) => Promise<void>;
  /** Absolute path of a folder for this attempt alone. */
  workFolder: string;
}
