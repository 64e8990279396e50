/** The four sources in words and pictures. */
import { Camera, type LucideIcon, Mic, Monitor, PictureInPicture2 } from "lucide-react";
import type { CaptureSource } from "@/lib/client/capture/choices";

export interface SourceWords {
  label: string;
  /** What is recorded, in a few words. */
  hint: string;
  icon: LucideIcon;
  /** While nothing is open. */
  callTitle: string;
  callText: string;
  callButton: string;
}

export const SOURCE_WORDS: Readonly<Record<CaptureSource, SourceWords>> = {
  camera: {
    label: "Camera",
    hint: "You, with sound",
    icon: Camera,
    callTitle: "The camera is off",
    callText: "Turn it on to see yourself before you record. The browser asks you to allow it.",
    callButton: "Turn on the camera",
  },
  screen: {
    label: "Screen",
    hint: "Screen, window or tab",
    icon: Monitor,
    callTitle: "Nothing is shared yet",
    callText: "Choose a screen, a window or a tab. The browser shows you what there is.",
    callButton: "Choose what to share",
  },
  "screen-camera": {
    label: "Screen and camera",
    hint: "With you in a corner",
    icon: PictureInPicture2,
    callTitle: "Nothing is shared yet",
    callText: "Choose a screen, a window or a tab. Your camera appears in its lower right corner.",
    callButton: "Choose what to share",
  },
  microphone: {
    label: "Microphone",
    hint: "Sound only",
    icon: Mic,
    callTitle: "The microphone is off",
    callText: "Turn it on to check how loud you are. The browser asks you to allow it.",
    callButton: "Turn on the microphone",
  },
};
