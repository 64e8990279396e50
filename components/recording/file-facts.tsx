/** What the finished file is, and when the recording came to be. */
import { formatBytes } from "@/components/format/bytes";
import { formatDuration } from "@/components/format/duration";
import { codecName, sourceName } from "@/components/recording/codec-names";
import { Fact, Facts } from "@/components/recording/facts";
import { StateBadge } from "@/components/recording/state-badge";
import { ExactTime } from "@/components/ui/exact-time";
import { Panel } from "@/components/ui/panel";
import type { RecordingResource } from "@/lib/protocol/recordings";

export function FileFacts({ recording }: { recording: RecordingResource }) {
  const mp4 = recording.outputs.find(({ kind }) => kind === "mp4");
  const codecs = [mp4?.videoCodec, mp4?.audioCodec].filter((codec) => codec != null).map(codecName);
  return (
    <Panel title="Details">
      <Facts>
        <Fact name="State">
          <StateBadge recording={recording} />
        </Fact>
        {recording.durationMs !== null && <Fact name="Duration">{formatDuration(recording.durationMs)}</Fact>}
        {recording.width !== null && recording.height !== null && (
          <Fact name="Picture">
            <span className="counter">
              {recording.width} × {recording.height}
            </span>
          </Fact>
        )}
        {codecs.length > 0 && <Fact name="Codecs">{codecs.join(" and ")}</Fact>}
        {mp4 !== undefined && (
          <Fact name="MP4">
            <span className="counter">{formatBytes(mp4.sizeBytes)}</span>
          </Fact>
        )}
        {recording.sizeBytes > 0 && (
          <Fact name="All files">
            <span className="counter">{formatBytes(recording.sizeBytes)}</span>
          </Fact>
        )}
        <Fact name="Source">{sourceName(recording.source)}</Fact>
        <Fact name="Begun">
          <ExactTime at={recording.createdAt} />
        </Fact>
        {recording.stoppedAt !== null && (
          <Fact name="Stopped">
            <ExactTime at={recording.stoppedAt} />
          </Fact>
        )}
        {recording.readyAt !== null && (
          <Fact name="Ready">
            <ExactTime at={recording.readyAt} />
          </Fact>
        )}
        {mp4 !== undefined && (
          <Fact name="SHA-256">
            <span className="counter text-xs" title={mp4.sha256}>
              {mp4.sha256.slice(0, 16)}…
            </span>
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}
