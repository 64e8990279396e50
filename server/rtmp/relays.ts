/** All places that one stream is pushed on to, as the rows of its key say while it is published. */
import type { RelayResource } from "@/lib/protocol/relays";
import { whenDatabaseIsBack } from "@/lib/server/database/away";
import type { Services } from "@/lib/server/services";
import { targetsOf } from "@/lib/server/streams/relay-targets";
import type { MediaMessage } from "@/server/rtmp/media-message";
import { Relay, type RelayedStream } from "@/server/rtmp/relay";

export class Relays {
  readonly #services: Services;
  readonly #keyId: string;
  readonly #stream: RelayedStream;
  #relays: Relay[] = [];
  /** One after another, so that the newest rows are looked at last. */
  #reading: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(services: Services, keyId: string, stream: RelayedStream) {
    this.#services = services;
    this.#keyId = keyId;
    this.#stream = stream;
    void this.reload();
  }

  describe(): RelayResource[] {
    return this.#relays.map((relay) => relay.describe());
  }

  take(message: MediaMessage): void {
    for (const relay of this.#relays) relay.take(message);
  }

  /** The targets have changed: what is as it was goes on, the rest ends or begins. Never rejects. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  close(): void {
    this.#closing.abort();
    for (const relay of this.#relays) relay.close();
    this.#relays = [];
  }

  async #read(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const rows = await whenDatabaseIsBack(() => targetsOf(this.#services, this.#keyId), { signal });
      if (signal.aborted) return;
      const before = this.#relays;
      this.#relays = rows
        .filter(({ enabled }) => enabled)
        .map((row) => {
          const same = before.find(({ target }) => target.id === row.id && target.secret === row.secret);
          // A key is sealed anew whenever the server changes; a name alone is only shown.
          if (same === undefined) return new Relay(this.#services, row, this.#stream);
          same.target = row;
          return same;
        });
      for (const relay of before) if (!this.#relays.includes(relay)) relay.close();
    } catch (error) {
      if (!signal.aborted) {
        this.#services.log.error({ keyId: this.#keyId, error: String(error) }, "relay targets were not read");
      }
    }
  }
}
