/** Where an encoder of pictures goes on for one that has ended: at a key frame of the track that begins a cluster. */
import type { ScannedBlock } from "@/lib/media/matroska-scanner";
import type { EarlierRun } from "@/worker/follow/earlier-run";

/** Where the encoder begins. */
export interface PictureStart {
  /** The track is given to it from this cluster on, after its head. */
  fromBytes: number;
  /** When the cluster's first picture is shown, from the first one of the track on. Pictures before it are the earlier run's. */
  ms: number;
}

export class PictureSeam {
  readonly #pictureMs: number;
  #firstMs: number | null = null;
  #clusterBytes = -1;
  #start: PictureStart = { fromBytes: 0, ms: 0 };

  constructor({ pictureMs }: Pick<EarlierRun, "pictureMs">) {
    this.#pictureMs = pictureMs;
  }

  /** The last place before the earlier run's end, by what was taken. */
  get start(): PictureStart {
    return this.#start;
  }

  /** Takes the blocks of the track, one after the other. @returns whether the track has come to where the earlier run ended */
  take({ timestampMs, clusterStartBytes, keyframe }: ScannedBlock): boolean {
    if (this.#firstMs === null) {
      this.#firstMs = timestampMs;
      this.#start = { fromBytes: clusterStartBytes, ms: 0 };
    }
    const ms = timestampMs - this.#firstMs;
    const beginsCluster = clusterStartBytes !== this.#clusterBytes;
    this.#clusterBytes = clusterStartBytes;
    if (beginsCluster && keyframe && ms <= this.#pictureMs) this.#start = { fromBytes: clusterStartBytes, ms };
    return ms >= this.#pictureMs;
  }
}
