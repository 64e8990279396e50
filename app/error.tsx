"use client";
/** A page outside the frame that failed. */
import { PageError } from "@/components/shell/page-error";

export default function RootError(props: { error: unknown; retry: () => void }) {
  return (
    <main id="main" className="grid min-h-dvh place-items-center">
      <PageError {...props} />
    </main>
  );
}
