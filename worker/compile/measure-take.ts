/** Opens one take: its tracks, how they lie to each other, what is to be made of them, and how long it was recorded. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import type { TakeSpan } from "@/lib/domain/take-timeline";
import type { CompilePlan } from "@/lib/media/compile-args";
import { type ChosenSource, type ChosenSources, chooseSources } from "@/worker/compile/choose-sources";
import type { CompileContext } from "@/worker/compile/compile-context";
import { type FoundTake, type MissingTrack, TRACK_WORDS } from "@/worker/compile/find-tracks";
import { type MeasuredTrack, measureTrack } from "@/worker/compile/measure-track";
import { planCompilation } from "@/worker/compile/plan-compilation";
import { readClock, type TrackClock } from "@/worker/compile/read-clock";

/** A take of which something can be compiled. */
export interface MeasuredTake {
  take: FoundTake;
  sources: ChosenSources;
  /** What is to be made of it if it were alone. */
  plan: CompilePlan;
  span: TakeSpan;
}

/** A take of which nothing can, and why. */
export interface LostTake {
  take: FoundTake;
  error: AppError;
}

/** @throws {AppError} too_large when a picture is larger than allowed; whatever `context.signal` was aborted with */
export async function measureTake(
  context: CompileContext,
  take: FoundTake,
  settings: CompileSettings,
  about: Pick<CompilePlan, "title" | "recordedAt">,
): Promise<MeasuredTake | LostTake> {
  try {
    const clocks = await readClocks(take);
    const missing = [...take.missing];
    const tracks = await measureAll(context, take, missing, clocks);
    const constantMs = clockConstantMs(clocks, context.config);
    let sources = chooseSources(tracks, missing, constantMs);
    let plan: CompilePlan;
    try {
      plan = await planCompilation(context, sources, settings, about);
    } catch (error) {
      // No picture of it can be decoded; there may be sound all the same.
      if (!isUnreadable(error) || sources.audio === null) throw error;
      context.log.warn({ take: take.number, error: error.detail ?? error.message }, "picture cannot be decoded");
      missing.push(unreadable("video"));
      sources = chooseSources(tracks.map(withoutPicture), missing, constantMs);
      plan = await planCompilation(context, sources, settings, about);
    }
    return { take, sources, plan, span: spanOf(take, sources, clocks) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { take, error };
  }
}

export function isLost(take: MeasuredTake | LostTake): take is LostTake {
  return "error" in take;
}

function isUnreadable(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === "unprocessable";
}

function unreadable(kind: MissingTrack["kind"]): MissingTrack {
  return { kind, code: "damaged", cause: `The ${TRACK_WORDS[kind]} is damaged and cannot be read.` };
}

function withoutPicture(track: MeasuredTrack): MeasuredTrack {
  const { video: _, ...reports } = track.reports;
  return { ...track, reports };
}

/** The clock of each usable track, by its kind. */
async function readClocks({ usable }: FoundTake): Promise<Map<string, TrackClock>> {
  const clocks = new Map<string, TrackClock>();
  for (const { kind, clockFile } of usable) {
    const clock = await readClock(clockFile);
    if (clock !== null) clocks.set(kind, clock);
  }
  return clocks;
}

/** Measures the usable tracks side by side; what turns out to be unreadable becomes a missing one. */
async function measureAll(
  context: CompileContext,
  { usable }: FoundTake,
  missing: MissingTrack[],
  clocks: ReadonlyMap<string, TrackClock>,
): Promise<MeasuredTrack[]> {
  const measured = await Promise.all(
    usable.map(async (track) => {
      try {
        return await measureTrack(context, track, clocks.get(track.kind)?.points ?? []);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        context.log.warn({ track: track.filename, error: error.detail ?? error.message }, "track cannot be read");
        missing.push(unreadable(track.kind));
        return null;
      }
    }),
  );
  return measured.filter((track) => track !== null);
}

/** null: there are not two clocks, or they are not the same one. */
export function clockConstantMs(
  clocks: ReadonlyMap<string, TrackClock>,
  config: CompileContext["config"],
): number | null {
  const video = clocks.get("video");
  const audio = clocks.get("audio");
  if (video === undefined || audio === undefined || video.clock !== audio.clock) return null;
  switch (video.browser) {
    case "chromium":
      return config.CLOCK_OFFSET_MS_CHROMIUM;
    case "firefox":
      return config.CLOCK_OFFSET_MS_FIREFOX;
    case "safari":
      return config.CLOCK_OFFSET_MS_SAFARI;
    default:
      return config.CLOCK_OFFSET_MS_OTHER;
  }
}

export function spanOf(
  { startedAtMs }: FoundTake,
  { video, audio, videoDelayMs, durationMs }: ChosenSources,
  clocks: ReadonlyMap<string, TrackClock>,
): TakeSpan {
  const elapsed = [video, audio].map((source) => elapsedMs(source, clocks));
  // The take begins with the one of the two that begins its file.
  const begins = videoDelayMs > 0 ? [audio, video] : [video, audio];
  return {
    startedAtMs,
    sourceStartedAtMs: begins.map((source) => source?.track.startedAtMs ?? null).find((at) => at !== null) ?? null,
    durationMs,
    elapsedMs: Math.max(durationMs, ...elapsed),
  };
}

/** From the first block to the last chunk by the page's clock, which goes on while a recorder is paused. */
function elapsedMs(source: ChosenSource | null, clocks: ReadonlyMap<string, TrackClock>): number {
  const clock = source === null ? undefined : clocks.get(source.track.kind);
  const last = clock?.points.at(-1);
  if (source === null || clock?.clock !== "page" || last === undefined || source.report.deliveryMs === null) return 0;
  return last.perfMs - (source.report.deliveryMs + source.report.firstMs);
}
