"use client";
/** What every form does around its request: one at a time, and what went wrong is shown until the next try. */
import { type FormEvent, useState } from "react";

export interface Submit {
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  isBusy: boolean;
  /** null: nothing is wrong */
  problem: unknown;
  forgetProblem: () => void;
}

/**
 * @param send what is done with the form; `text` reads one of its fields. Its failure becomes the problem.
 * @param initialProblem of a try before the page was loaded
 */
export function useSubmit(
  send: (text: (name: string) => string, form: HTMLFormElement) => Promise<void>,
  initialProblem: unknown = null,
): Submit {
  const [problem, setProblem] = useState<unknown>(initialProblem);
  const [isBusy, setIsBusy] = useState(false);

  async function submit(form: HTMLFormElement) {
    const data = new FormData(form);
    setIsBusy(true);
    setProblem(null);
    try {
      await send((name) => String(data.get(name) ?? ""), form);
    } catch (error) {
      setProblem(error);
    } finally {
      setIsBusy(false);
    }
  }

  return {
    onSubmit(event) {
      event.preventDefault();
      if (!isBusy) void submit(event.currentTarget);
    },
    isBusy,
    problem,
    forgetProblem: () => setProblem(null),
  };
}
