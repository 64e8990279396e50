"use client";
/** What keeps a player from playing, in words over its picture. */
import { useEffect, useState } from "react";

/** By the code of HTMLMediaElement.error (HTML Living Standard §4.8.11.1). */
const WORDS: Readonly<Record<number, string>> = {
  2: "The connection was lost. Play again to go on.",
  3: "The browser cannot decode this file. It can be downloaded and played elsewhere.",
  4: "The browser cannot play this file. It can be downloaded and played elsewhere.",
};

/** What may begin a problem, or end it. */
const EVENTS = ["error", "emptied", "loadeddata"] as const;

export function PlayerProblem({ children }: { children: string }) {
  return (
    <p
      role="status"
      className="pointer-events-none absolute inset-x-3 top-3 z-10 rounded-md bg-black/80 px-3 py-2 text-sm text-white ring-1 ring-white/20"
    >
      {children}
    </p>
  );
}

/** @returns what is wrong with what the element plays; null: nothing */
export function useMediaProblem(media: HTMLMediaElement | null): string | null {
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (media === null) return;
    const look = () => setProblem((media.error && WORDS[media.error.code]) ?? null);
    for (const event of EVENTS) media.addEventListener(event, look);
    return () => {
      for (const event of EVENTS) media.removeEventListener(event, look);
    };
  }, [media]);
  return problem;
}
