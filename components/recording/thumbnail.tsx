/** The picture that stands for a recording, 16:9; a drawing of its tape where there is none. */
import { Reels } from "@/components/brand/reels";
import { cn } from "@/components/ui/class-names";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface ThumbnailProps {
  recording: Pick<RecordingResource, "thumbnailUrl" | "state" | "live" | "progress">;
  className?: string;
}

export function Thumbnail({ recording, className }: ThumbnailProps) {
  return (
    <div className={cn("relative grid aspect-video place-items-center overflow-hidden bg-sunken", className)}>
      {recording.thumbnailUrl === null ? (
        <Placeholder recording={recording} />
      ) : (
        // Needs the reader's cookie and is small already: Next's image optimizer has nothing to add.
        // biome-ignore lint/performance/noImgElement: see above
        <img
          src={recording.thumbnailUrl}
          alt=""
          loading="lazy"
          decoding="async"
          className="absolute inset-0 size-full object-cover"
        />
      )}
    </div>
  );
}

/** The tape as it stands: running while it is recorded, wound on as far as the compilation is. */
function Placeholder({ recording }: Pick<ThumbnailProps, "recording">) {
  const { state, progress, live } = recording;
  const fraction = progress?.fraction ?? (state === "recording" ? 0.3 : 0.5);
  return (
    <Reels fraction={fraction} isTurning={live || state === "compiling"} className="w-[44%] max-w-48 opacity-80" />
  );
}
