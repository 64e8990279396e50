/** Which of the media a camera offers are recorded, and how their packets are read. */
import { CameraFailure } from "@/lib/domain/camera-causes";
import type { AacConfig } from "@/lib/media/adts";
import {
  AacDepacketizer,
  type AudioDepacketizer,
  parseAacConfig,
  type SoundSink,
  WholeDepacketizer,
} from "@/lib/media/rtsp/audio-depacketizer";
import { type RawSound, rawSoundOf } from "@/lib/media/rtsp/raw-sound";
import { decodeBase64, type Sdp, type SdpMedia } from "@/lib/media/rtsp/sdp";
import { canBeTranscoded } from "@/lib/media/rtsp/transcode";
import { H264_RULES, H265_RULES, type VideoRules } from "@/lib/media/rtsp/video-depacketizer";

export interface ChosenVideo {
  media: SdpMedia;
  /** What is recorded. */
  codec: "h264" | "h265";
  /** The camera sends something else, of which the codec is made. */
  isTranscoded: boolean;
  rules: VideoRules;
  /** From the description; a camera may send them with its pictures alone. */
  parameterSets: Uint8Array[];
}

export type ChosenAudio = { media: SdpMedia; channels: number } & (
  | { codec: "aac"; config: AacConfig }
  | { codec: "opus" }
  /** Recorded as AAC of `config`. */
  | { codec: "raw"; sound: RawSound; config: AacConfig }
);

export interface ChosenMedia {
  video: ChosenVideo;
  audio: ChosenAudio | null;
  /** Name of sound that is there and cannot be recorded; null: there is none such. */
  skippedAudio: string | null;
}

/**
 * The first picture that can be recorded as it is, else the first that can be transcoded.
 *
 * @throws {CameraFailure} unsupported, when there is neither
 */
export function chooseMedia({ media }: Sdp, wantsAudio: boolean): ChosenMedia {
  const video = media.flatMap(videoOf)[0] ?? media.filter(canBeTranscoded).map(transcoded)[0];
  if (video === undefined) {
    const offered = media.filter(({ kind }) => kind === "video").map(({ encoding }) => encoding);
    const words =
      offered.length === 0
        ? "The camera sends no picture."
        : `The camera sends ${offered.join(", ")}, which cannot be recorded.`;
    throw new CameraFailure("unsupported", words);
  }
  const sounds = wantsAudio ? media.filter(({ kind }) => kind === "audio") : [];
  const audio = sounds.flatMap(audioOf)[0] ?? null;
  return { video, audio, skippedAudio: audio === null ? (sounds[0]?.encoding ?? null) : null };
}

function videoOf(media: SdpMedia): ChosenVideo[] {
  if (media.kind !== "video") return [];
  const sets = (...names: string[]) =>
    names.flatMap((name) => (media.parameters.get(name) ?? "").split(",").flatMap((text) => decodeBase64(text) ?? []));
  const known = (units: Uint8Array[]) => units.filter(({ length }) => length > 2);
  if (media.encoding === "H264") {
    const parameterSets = known(sets("sprop-parameter-sets"));
    return [{ media, codec: "h264", isTranscoded: false, rules: H264_RULES, parameterSets }];
  }
  // With decoding order numbers every packet has two bytes more (RFC 7798 §4.4); no camera is known to send them.
  if (media.encoding !== "H265" || Number(media.parameters.get("sprop-max-don-diff") ?? 0) > 0) return [];
  const parameterSets = known(sets("sprop-vps", "sprop-sps", "sprop-pps"));
  return [{ media, codec: "h265", isTranscoded: false, rules: H265_RULES, parameterSets }];
}

function transcoded(media: SdpMedia): ChosenVideo {
  return { media, codec: "h264", isTranscoded: true, rules: H264_RULES, parameterSets: [] };
}

function audioOf(media: SdpMedia): ChosenAudio[] {
  if (media.encoding === "OPUS")
    return [{ media, codec: "opus", channels: media.parameters.get("sprop-stereo") === "0" ? 1 : 2 }];
  const sound = rawSoundOf(media);
  if (sound !== null) return [{ media, codec: "raw", sound, config: sound.aac, channels: sound.channels }];
  if (media.encoding !== "MPEG4-GENERIC") return [];
  const config = parseAacConfig(media.parameters.get("config") ?? "");
  return config === null || media.parameters.get("sizelength") === undefined
    ? []
    : [{ media, codec: "aac", config, channels: config.channels }];
}

export function audioDepacketizer(audio: ChosenAudio, sink: SoundSink): AudioDepacketizer {
  return audio.codec === "aac" ? new AacDepacketizer(audio.media, sink) : new WholeDepacketizer(sink);
}
