/** The front of a tape deck, beside the forms of the access pages. Decoration only. */
import { Reels } from "@/components/brand/reels";

/** Heights of the level meter's bars, as a voice looks. */
const LEVELS = [18, 34, 58, 44, 72, 88, 61, 47, 79, 54, 36, 64, 91, 70, 42, 28, 52, 38, 22, 30, 48, 26, 14];

export function DeckPicture() {
  return (
    <div
      data-theme="dark"
      aria-hidden="true"
      className="relative hidden overflow-hidden bg-sunken text-ink lg:flex lg:flex-col lg:justify-between lg:p-12"
    >
      <p className="counter flex items-center gap-3 text-sm text-muted">
        <span className="size-2.5 animate-glow rounded-full bg-tape" />
        REC
        <span className="ml-auto text-ink">00:12:05</span>
      </p>
      <div className="mx-auto w-full max-w-lg">
        <Reels fraction={0.38} isTurning />
        <div className="mt-10 flex h-16 items-end gap-1.5">
          {LEVELS.map((level, index) => (
            <span
              // The bars never change.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              key={index}
              className={level > 84 ? "flex-1 rounded-sm bg-tape" : "flex-1 rounded-sm bg-line-strong"}
              style={{ height: `${level}%` }}
            />
          ))}
        </div>
      </div>
      <p className="max-w-sm text-2xl leading-snug font-medium tracking-tight text-balance">
        Press record. What you see and say becomes a file you own.
      </p>
    </div>
  );
}
