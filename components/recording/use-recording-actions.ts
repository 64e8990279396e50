"use client";
/** What can be done with recordings from the library and from their own page, with words when it does not work. */
import { useMemo } from "react";
import { count } from "@/components/format/duration";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { ChangeRecordingRequest, RecordingResource } from "@/lib/protocol/recordings";

export interface RecordingActions {
  change: (id: string, change: ChangeRecordingRequest) => Promise<void>;
  compile: (ids: readonly string[]) => Promise<void>;
  stop: (id: string) => Promise<void>;
  /** @throws when at least one was not deleted */
  remove: (ids: readonly string[]) => Promise<void>;
}

interface Applied {
  /** What is known of a recording now. */
  onChanged: (recording: RecordingResource) => void;
  onRemoved: (id: string) => void;
}

export function useRecordingActions({ onChanged, onRemoved }: Applied): RecordingActions {
  return useMemo(
    () => ({
      async change(id, change) {
        await api
          .patch<RecordingResource>(`/recordings/${id}`, change)
          .then(onChanged)
          .catch((error) => {
            toastProblem(error);
            throw error;
          });
      },
      async compile(ids) {
        for (const id of ids) {
          await api.post<RecordingResource>(`/recordings/${id}/compile`).then(onChanged).catch(toastProblem);
        }
      },
      async stop(id) {
        await api.post<RecordingResource>(`/recordings/${id}/stop`).then(onChanged).catch(toastProblem);
      },
      async remove(ids) {
        let removed = 0;
        let problem: unknown;
        for (const id of ids) {
          try {
            await api.delete(`/recordings/${id}`);
            onRemoved(id);
            removed += 1;
          } catch (error) {
            problem = error;
          }
        }
        if (removed > 0) toast.success(`${count(removed, "recording")} deleted.`);
        if (problem === undefined) return;
        toastProblem(problem);
        throw problem;
      },
    }),
    [onChanged, onRemoved],
  );
}
