/**
 * What looks at snapshots while they are recorded. An analyzer may take as long as it likes: it is given the newest
 * snapshot whenever it is done with the one before, and what it says is sent to the page with that one's number.
 */
import type { GreyPicture } from "@/lib/media/grey-picture";

/** One decoded snapshot. */
export interface AnalyzedFrame extends GreyPicture {
  sequence: number;
  /** By its source's clock, ms since the epoch. */
  capturedMs: number;
  /** As it came, for who wants colours or more than a small picture. */
  jpeg: Buffer;
}

/** Begun once for each session, so that it can compare. */
export interface SessionAnalysis {
  /** @returns anything that is JSON; it becomes part of `detection` */
  analyze(frame: AnalyzedFrame): Promise<Record<string, unknown>> | Record<string, unknown>;
}

export interface Analyzer {
  name: string;
  begin(sessionId: string): SessionAnalysis;
}
