/** What a look at a camera found: a picture and what it sends, or what is wrong. */
import { streamFacts } from "@/components/cameras/camera-words";
import { codecName } from "@/components/recording/codec-names";
import { Problem } from "@/components/ui/problem";
import type { CameraTestResult } from "@/lib/protocol/camera-jobs";

export function TestResult({ result }: { result: CameraTestResult }) {
  const { ok, message, picture, skippedAudio, framesPerSecond, keyFrameSeconds } = result;
  if (!ok) return <Problem what={message} />;
  const facts = [
    ...streamFacts(result),
    ...(framesPerSecond === null ? [] : [`${Math.round(framesPerSecond * 10) / 10} pictures a second`]),
    ...(keyFrameSeconds === null ? [] : [`a key frame every ${Math.round(keyFrameSeconds * 10) / 10} s`]),
  ];
  return (
    <div className="overflow-hidden rounded-md border">
      {picture !== null && (
        // biome-ignore lint/performance/noImgElement: it is in the answer itself
        <img src={picture} alt="What the camera sees" className="aspect-video w-full bg-black object-contain" />
      )}
      <div className="px-3.5 py-2.5 text-sm">
        <p className="font-medium text-green-ink">{message}</p>
        <p className="counter mt-0.5 text-[13px] text-muted">{facts.join(" · ")}</p>
        {skippedAudio !== null && (
          <p className="mt-0.5 text-[13px] text-amber-ink">
            Its sound ({codecName(skippedAudio)}) cannot be recorded; the picture can.
          </p>
        )}
      </div>
    </div>
  );
}
