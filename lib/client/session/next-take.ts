/** A recording that an earlier page left, as the recorder sees it: it can be gone on with. */
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";

export interface NextTake {
  recordingId: string;
  title: string;
  /**
   * Begins the next take on the server.
   *
   * @returns what is recorded from now on. @throws {AppError} when the server refuses, or cannot be reached
   */
  begin(tracks: TrackKind[]): Promise<{
    recordingId: string;
    title: string;
    take: { number: number; cause: SourceGapCause };
  }>;
}
