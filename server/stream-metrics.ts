/** What /metrics says of streams that encoders publish to this server, and of where they are pushed on to. */
import { Gauge, type Registry } from "prom-client";
import { RELAY_STATES } from "@/lib/protocol/relays";
import type { Streams } from "@/server/rtmp/streams";

export function addStreamMetrics(registry: Registry, streams: Pick<Streams, "all">): void {
  const registers = [registry];
  new Gauge({
    name: "tapedeck_streams",
    help: "Streams that are published now",
    registers,
    collect() {
      this.set(streams.all.length);
    },
  });
  new Gauge({
    name: "tapedeck_relays",
    help: "Places that streams are pushed on to now, by how that goes",
    labelNames: ["state"],
    registers,
    collect() {
      const relays = streams.all.flatMap((stream) => stream.relays.describe());
      for (const state of RELAY_STATES) this.set({ state }, relays.filter((relay) => relay.state === state).length);
    },
  });
}
