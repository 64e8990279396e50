"use client";
/** When even the document around the pages failed. */
import { PageError } from "@/components/shell/page-error";
import "@/app/globals.css";

export default function GlobalError(props: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Tapedeck</title>
        <main id="main" className="grid min-h-dvh place-items-center">
          <PageError {...props} />
        </main>
      </body>
    </html>
  );
}
