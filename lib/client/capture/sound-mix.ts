/** One track from the microphone and the sound of what is shared. */

export interface SoundMix {
  track: MediaStreamTrack;
  stop(): void;
}

/** @param sources live audio tracks; they are not stopped here */
export function mixSound(sources: readonly MediaStreamTrack[]): SoundMix {
  const context = new AudioContext({ latencyHint: "interactive" });
  const destination = context.createMediaStreamDestination();
  for (const source of sources) context.createMediaStreamSource(new MediaStream([source])).connect(destination);
  // Where a page may not make sound unasked, it starts suspended; choosing what to share was a click.
  void context.resume();
  return {
    track: destination.stream.getAudioTracks()[0] as MediaStreamTrack,
    stop: () => void context.close(),
  };
}
