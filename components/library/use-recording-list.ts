"use client";
/** The pages of the library: fetched as they are wanted, kept true by events, looked at again now and then. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSWRConfig } from "swr";
import useSWRInfinite from "swr/infinite";
import type { ListQuery } from "@/components/library/list-query";
import { useRecordingEvents } from "@/components/live/use-recording-events";
import type { RecordingEvent, RecordingList, RecordingResource } from "@/lib/protocol/recordings";

/** Events are hints and may be lost: this is how long a wrong picture lasts at most. */
const REFRESH_MS = 60_000;
/** Several new recordings at once are one look at the list. */
const GATHER_MS = 300;

/** @param initial first page for `initialQuery`, as the server rendered it */
export function useRecordingList(query: ListQuery, initial: RecordingList, initialQuery: ListQuery) {
  const { mutate: mutateAny } = useSWRConfig();
  const isInitial = query.q === initialQuery.q && query.sort === initialQuery.sort;
  const fallbackData = useMemo(() => [initial], [initial]);
  const { data, error, size, setSize, mutate, isValidating } = useSWRInfinite<RecordingList, unknown>(
    (index: number, previous: RecordingList | null) => keyOf(query, index, previous),
    { refreshInterval: REFRESH_MS, ...(isInitial ? { fallbackData } : {}) },
  );
  // While a search is on its way the result of the one before stays in sight.
  const [before, setBefore] = useState(data);
  if (data !== undefined && data !== before) setBefore(data);
  const isLoading = data === undefined && error === undefined;
  const pages = isLoading ? before : data;
  const gathering = useRef<ReturnType<typeof setTimeout>>(undefined);

  const lookAgain = useCallback(() => {
    gathering.current ??= setTimeout(() => {
      gathering.current = undefined;
      void mutate();
      void mutateAny("/me"); // the storage meter
    }, GATHER_MS);
  }, [mutate, mutateAny]);

  /** SWR throws the answer that is on its way away when its data are changed meanwhile: changes wait for it. */
  const isAsking = isValidating || data === undefined;
  const waiting = useRef<Change[]>([]);
  const apply = useCallback(
    (changes: readonly Change[]) =>
      void mutate((pages) => pages?.map((page) => changes.reduce(patchPage, page)), { revalidate: false }),
    [mutate],
  );
  useEffect(() => {
    if (!isAsking && waiting.current.length > 0) apply(waiting.current.splice(0));
  }, [isAsking, apply]);
  /** Changes a recording in the pages that are here; `null` takes it out. */
  const patch = useCallback(
    (id: string, to: Change["to"]) => {
      if (isAsking) waiting.current.push({ id, to });
      else apply([{ id, to }]);
    },
    [isAsking, apply],
  );
  const onChanged = useCallback((recording: RecordingResource) => patch(recording.id, () => recording), [patch]);
  const onRemoved = useCallback(
    (id: string) => {
      patch(id, () => null);
      void mutateAny("/me");
    },
    [patch, mutateAny],
  );

  const recordings = useMemo(() => unique((pages ?? []).flatMap((page) => page.recordings)), [pages]);
  useRecordingEvents("/events", {
    onEvent(event: RecordingEvent) {
      switch (event.type) {
        case "recording":
          if (recordings.some(({ id }) => id === event.recording.id)) onChanged(event.recording);
          else lookAgain();
          break;
        case "progress":
          patch(event.recordingId, (recording) => ({ ...recording, state: "compiling", progress: event.progress }));
          break;
        case "deleted":
          onRemoved(event.recordingId);
          break;
      }
    },
    onResume: lookAgain,
  });

  const last = pages?.at(-1);
  return {
    recordings,
    total: last?.total ?? 0,
    error,
    /** Nothing is known of what was asked for, and there is no way to it now. */
    hasFailed: data === undefined && error !== undefined,
    /** What is shown belongs to another search, or there is nothing yet. */
    isLoading,
    hasMore: last !== undefined && last.nextCursor !== null,
    isLoadingMore: isValidating && data !== undefined && data[size - 1] === undefined,
    loadMore: () => void setSize(size + 1),
    retry: () => void mutate(),
    onChanged,
    onRemoved,
  };
}

function keyOf({ q, sort }: ListQuery, index: number, previous: RecordingList | null): string | null {
  if (index > 0 && !previous?.nextCursor) return null;
  const parameters = new URLSearchParams({ sort });
  if (q !== "") parameters.set("q", q);
  if (index > 0 && previous?.nextCursor) parameters.set("cursor", previous.nextCursor);
  return `/recordings?${parameters}`;
}

interface Change {
  id: string;
  to: (recording: RecordingResource) => RecordingResource | null;
}

function patchPage(page: RecordingList, { id, to }: Change): RecordingList {
  const index = page.recordings.findIndex((recording) => recording.id === id);
  if (index === -1) return page;
  const changed = to(page.recordings[index] as RecordingResource);
  return changed === null
    ? { ...page, recordings: page.recordings.toSpliced(index, 1), total: page.total - 1 }
    : { ...page, recordings: page.recordings.with(index, changed) };
}

/** A recording that moved from one page to the next between two requests is on both. */
function unique(recordings: RecordingResource[]): RecordingResource[] {
  return [...new Map(recordings.map((recording) => [recording.id, recording])).values()];
}
