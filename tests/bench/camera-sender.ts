/** The cameras of the benchmark: one prepared stream of 1080p at 4 Mb/s for everybody who connects. */
import { FakeCamera, makePictures } from "@/tests/support/fake-camera";

const pictures = await makePictures({ size: "1920x1080", seconds: 4, bitrate: "4M" });
const camera = new FakeCamera({ pictures });
process.send?.({ port: await camera.listen() });
process.on("disconnect", () => process.exit());
