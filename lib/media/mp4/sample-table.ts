/**
 * What the index of a finished file must know of a track's samples, kept while they are written in arrays of numbers
 * that grow by doubling: some 12 bytes a sample, 26 MB for eight hours of picture and sound.
 */
import { box, fullBox, u32, versionFor } from "@/lib/media/mp4/boxes";
import { AAC_FRAME_SAMPLES, type LiveAudioRun, type LiveVideoRun, sumOf } from "@/lib/media/mp4/live-layout";

/** Numbers of 32 bits that more are added to. */
class GrowingNumbers {
  #numbers = new Uint32Array(1024);
  length = 0;

  add(number: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length] = number;
    this.length += 1;
  }

  at(index: number): number {
    return this.#numbers[index] as number;
  }
}

/** Samples that lie at one place, again and again: silence before the sound. */
export interface RepeatedSample {
  count: number;
  offsetBytes: number;
  sizeBytes: number;
  durationTicks: number;
}

/** Samples by their durations, or by how much later they are shown: so many of the same. */
class Runs {
  readonly #counts = new GrowingNumbers();
  readonly #values = new GrowingNumbers();
  #count = 0;
  #value = 0;

  add(value: number, count = 1): void {
    if (value !== this.#value) this.#close();
    this.#value = value;
    this.#count += count;
  }

  #close(): void {
    if (this.#count === 0) return;
    this.#counts.add(this.#count);
    this.#values.add(this.#value);
    this.#count = 0;
  }

  /** @param first a run before all others */
  box(type: string, first?: { count: number; value: number }): Uint8Array {
    const entries = this.#counts.length + Number(this.#count > 0) + Number(first !== undefined);
    return table(type, entries, 8, (view) => {
      let position = 0;
      const write = (count: number, value: number) => {
        view.setUint32(position, count);
        view.setUint32(position + 4, value);
        position += 8;
      };
      if (first !== undefined) write(first.count, first.value);
      for (let index = 0; index < this.#counts.length; index += 1)
        write(this.#counts.at(index), this.#values.at(index));
      if (this.#count > 0) write(this.#count, this.#value);
    });
  }
}

export class SampleTable {
  readonly #sizes = new GrowingNumbers();
  readonly #durations = new Runs();
  readonly #compositions = new Runs();
  readonly #keyframes = new GrowingNumbers();
  /** Of each chunk, in two halves: files are longer than 4 GiB. */
  readonly #chunkOffsetsHigh = new GrowingNumbers();
  readonly #chunkOffsetsLow = new GrowingNumbers();
  readonly #chunkSamples = new GrowingNumbers();
  #hasCompositions = false;
  /** Of all samples, in ticks of the track. */
  durationTicks = 0;

  get samples(): number {
    return this.#sizes.length;
  }

  get keyframes(): number {
    return this.#keyframes.length;
  }

  /** Adds the picture of a segment. @param offsetBytes where its samples begin in the file */
  addVideo(offsetBytes: number, run: LiveVideoRun): void {
    const first = this.#sizes.length;
    this.#hasCompositions ||= run.compositionTicks !== undefined;
    run.sizesBytes.forEach((size, index) => {
      this.#sizes.add(size);
      this.#durations.add(run.durationsTicks[index] as number);
      this.#compositions.add(run.compositionTicks?.[index] ?? 0);
    });
    for (const index of run.keyframes) this.#keyframes.add(first + index + 1);
    this.durationTicks += sumOf(run.durationsTicks);
    this.#addChunk(offsetBytes, run.sizesBytes.length);
  }

  /** Adds the sound of a segment. */
  addAudio(offsetBytes: number, { sizesBytes, durationsTicks }: LiveAudioRun): void {
    for (const size of sizesBytes) this.#sizes.add(size);
    if (durationsTicks === undefined) this.#durations.add(AAC_FRAME_SAMPLES, sizesBytes.length);
    else for (const ticks of durationsTicks) this.#durations.add(ticks);
    this.durationTicks += durationsTicks === undefined ? AAC_FRAME_SAMPLES * sizesBytes.length : sumOf(durationsTicks);
    this.#addChunk(offsetBytes, sizesBytes.length);
  }

  #addChunk(offsetBytes: number, samples: number): void {
    if (samples === 0) return;
    this.#chunkOffsetsHigh.add(Math.floor(offsetBytes / 2 ** 32));
    this.#chunkOffsetsLow.add(offsetBytes % 2 ** 32);
    this.#chunkSamples.add(samples);
  }

  /**
   * The boxes after the sample description (ISO/IEC 14496-12 §8.6, §8.7).
   *
   * @param areAllKeyframes there is no list of them then
   * @param before samples in front of all others, each in a chunk of its own
   */
  boxes(areAllKeyframes: boolean, before: RepeatedSample | null): Uint8Array[] {
    const first = before === null ? undefined : { count: before.count, value: before.durationTicks };
    return [
      this.#durations.box("stts", first),
      ...(this.#hasCompositions ? [this.#compositions.box("ctts")] : []),
      ...(areAllKeyframes ? [] : [this.#syncSamples()]),
      this.#samplesToChunks(before),
      this.#sampleSizes(before),
      this.#chunkOffsets(before),
    ];
  }

  #syncSamples(): Uint8Array {
    return table("stss", this.#keyframes.length, 4, (view) => {
      for (let index = 0; index < this.#keyframes.length; index += 1)
        view.setUint32(4 * index, this.#keyframes.at(index));
    });
  }

  #sampleSizes(before: RepeatedSample | null): Uint8Array {
    const skipped = before?.count ?? 0;
    const bytes = new Uint8Array(4 * (skipped + this.#sizes.length));
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < skipped; index += 1) view.setUint32(4 * index, before?.sizeBytes ?? 0);
    for (let index = 0; index < this.#sizes.length; index += 1) {
      view.setUint32(4 * (skipped + index), this.#sizes.at(index));
    }
    return fullBox("stsz", 0, 0, u32(0), u32(skipped + this.#sizes.length), bytes);
  }

  /** Runs of chunks with the same number of samples. */
  #samplesToChunks(before: RepeatedSample | null): Uint8Array {
    const runs: [firstChunk: number, samples: number][] = before === null ? [] : [[1, 1]];
    const skipped = before?.count ?? 0;
    for (let index = 0; index < this.#chunkSamples.length; index += 1) {
      const samples = this.#chunkSamples.at(index);
      if (runs.at(-1)?.[1] !== samples) runs.push([skipped + index + 1, samples]);
    }
    return table("stsc", runs.length, 12, (view) => {
      runs.forEach(([firstChunk, samples], index) => {
        view.setUint32(12 * index, firstChunk);
        view.setUint32(12 * index + 4, samples);
        view.setUint32(12 * index + 8, 1);
      });
    });
  }

  #chunkOffsets(before: RepeatedSample | null): Uint8Array {
    const skipped = before?.count ?? 0;
    const last = this.#chunkOffsetsHigh.length - 1;
    const isWide = last >= 0 && versionFor(this.#chunkOffsetsHigh.at(last) * 2 ** 32) === 1;
    const width = isWide ? 8 : 4;
    return table(isWide ? "co64" : "stco", skipped + last + 1, width, (view) => {
      for (let index = 0; index < skipped; index += 1)
        view.setUint32(width * (index + 1) - 4, before?.offsetBytes ?? 0);
      for (let index = 0; index <= last; index += 1) {
        const position = width * (skipped + index);
        if (isWide) view.setUint32(position, this.#chunkOffsetsHigh.at(index));
        view.setUint32(position + width - 4, this.#chunkOffsetsLow.at(index));
      }
    });
  }
}

/** A full box that holds a number of entries. */
function table(type: string, entries: number, entryBytes: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(entries * entryBytes);
  write(new DataView(bytes.buffer));
  return box(type, u32(0), u32(entries), bytes);
}
