"use client";
/** The seconds before a recording, large over the picture. */
import { Button } from "@/components/ui/button";

interface CountdownOverlayProps {
  /** 0: counted down, and the server is waited for. */
  leftS: number;
  onSkip: () => void;
  onCancel: () => void;
}

export function CountdownOverlay({ leftS, onSkip, onCancel }: CountdownOverlayProps) {
  return (
    <div className="absolute inset-0 grid animate-fade-in place-content-center justify-items-center gap-[min(2rem,4%)] bg-black/55 backdrop-blur-[3px]">
      <p
        key={leftS}
        aria-hidden
        className="counter animate-rise-in text-[clamp(4rem,14vw,9rem)] leading-none font-medium text-ink"
      >
        {leftS === 0 ? "…" : leftS}
      </p>
      <div className="flex gap-2.5">
        <Button look="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button look="record" onClick={onSkip} disabled={leftS === 0} data-next-focus>
          Record now
        </Button>
      </div>
    </div>
  );
}
