/** The pages of those who are not signed in: a form, and on wide screens a deck beside it. */
import type { ReactNode } from "react";
import { DeckPicture } from "@/components/access/deck-picture";
import { Logo } from "@/components/brand/logo";

export default function AccessLayout({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(28rem,1fr)_1.1fr]">
      <div className="flex flex-col px-5 py-6 sm:px-10">
        <header>
          <Logo />
        </header>
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center py-10 outline-none"
        >
          {children}
        </main>
      </div>
      <DeckPicture />
    </div>
  );
}
