/** The frame of pages for people without an account: the name, and nothing to click but what they came for. */
import type { ReactNode } from "react";
import { Logo } from "@/components/brand/logo";

export default function SharedLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto w-full max-w-6xl px-4 py-5 sm:px-8">
        <Logo />
      </header>
      <main id="main" tabIndex={-1} className="flex flex-1 flex-col outline-none">
        {children}
      </main>
    </div>
  );
}
