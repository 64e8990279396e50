/** Cameras on the network are found, and asked for their streams; what is no camera costs nobody anything. */
import { afterEach, expect, test } from "vitest";
import { type OnvifDevice, type OnvifDeviceOptions, startOnvifDevice } from "@/tests/support/onvif-device";
import { startTestServer, type TestServer } from "@/tests/support/server";

let server: TestServer | null = null;
const devices: OnvifDevice[] = [];

afterEach(async () => {
  await server?.stop();
  server = null;
  for (const device of devices.splice(0)) await device.close();
});

/** Devices, and a server that asks them. */
async function network(...each: OnvifDeviceOptions[]): Promise<TestServer> {
  for (const options of each) devices.push(await startOnvifDevice(options));
  server = await startTestServer({
    DISCOVERY_TARGETS: devices.map(({ probePort }) => `127.0.0.1:${probePort}`).join(",") || "off",
    OUTBOUND_NETWORKS: "127.0.0.1",
  });
  return server;
}

const RIGHT = { username: "viewer", password: "s&cret" };

test("cameras that answer are listed with what they say of themselves, and whether they are added already", async () => {
  const { ask } = await network({ name: "Front door", hardware: "IPC-1" }, { name: "Älteres Gerät", hardware: "" });
  await ask("POST", "/api/v1/cameras", { name: "There", url: "rtsp://127.0.0.1/elsewhere" });
  const { status, body } = await ask("POST", "/api/v1/camera-discoveries");
  expect(status).toBe(200);
  expect(body.cameras).toEqual([
    { name: "Älteres Gerät", model: null, host: "127.0.0.1", address: devices[1]?.address, isAdded: true },
    { name: "Front door", model: "IPC-1", host: "127.0.0.1", address: devices[0]?.address, isAdded: true },
  ]);
  const { body: others } = await ask("POST", "/api/v1/camera-discoveries", undefined, (await server?.addUser())?.token);
  expect(others.cameras.map(({ isAdded }: { isAdded: boolean }) => isAdded)).toEqual([false, false]);
});

test.each<[string, OnvifDeviceOptions]>([
  ["with Media 2", {}],
  ["whose clock is a year ahead", { clockAheadMs: 365 * 86_400_000 }],
  ["that wants HTTP digest", { wantsDigest: true }],
  ["that tells an address of another network", { toldHost: "192.168.77.5" }],
])("a camera %s tells its streams", async (_, options) => {
  const { ask } = await network(options);
  const [device] = devices as [OnvifDevice];
  const { status, body } = await ask("POST", "/api/v1/camera-streams", { address: device.address, ...RIGHT });
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.streams).toEqual([
    {
      ...{ name: "Main", codec: "hevc", width: 3840, height: 2160, framesPerSecond: 25 },
      url: "rtsp://127.0.0.1:554/stream/main?transport=tcp",
    },
    {
      ...{ name: "Sub stream", codec: "h264", width: 640, height: 360, framesPerSecond: 12.5 },
      url: "rtsp://127.0.0.1:554/stream/sub?transport=tcp",
    },
  ]);
});

test("one with Media alone does, and its profile without a picture is no stream", async () => {
  const { ask } = await network({ hasMedia2: false });
  const [device] = devices as [OnvifDevice];
  const { body } = await ask("POST", "/api/v1/camera-streams", { address: device.address, ...RIGHT });
  expect(body.streams).toMatchObject([{ name: "Only one", codec: "h264", width: 1280, height: 720 }]);
});

test.each([
  ["a wrong password", {}, { ...RIGHT, password: "wrong" }],
  ["no credentials", {}, {}],
  ["a wrong password by HTTP digest", { wantsDigest: true }, { ...RIGHT, password: "wrong" }],
])("%s is told in words", async (_, options, credentials) => {
  const { ask } = await network(options);
  const [device] = devices as [OnvifDevice];
  const { status, body } = await ask("POST", "/api/v1/camera-streams", { address: device.address, ...credentials });
  expect({ status, code: body.code }).toEqual({ status: 502, code: "credentials_refused" });
  expect(JSON.stringify(body)).not.toContain("wrong");
});

test.each([
  ["no XML", "not at all"],
  ["something else", "<html><body>Hello</body></html>"],
  [
    "entities that grow",
    `<!DOCTYPE x [<!ENTITY a "${"a".repeat(1000)}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>`,
  ],
  ["elements nested without end", "<a>".repeat(100_000)],
  ["more than any camera has to say", "<a/>".repeat(2_000_000)],
])("a device that answers with %s is refused, and the server goes on", async (_, answer) => {
  const { ask } = await network({ answer });
  const [device] = devices as [OnvifDevice];
  const { status, body } = await ask("POST", "/api/v1/camera-streams", { address: device.address, ...RIGHT });
  expect({ status, code: body.code }).toEqual({ status: 502, code: "not_onvif" });
  expect((await ask("GET", "/api/health")).status).toBe(200);
});

test("what is no answer to the question is not listed", async () => {
  const { ask } = await network(
    { probeAnswer: () => Buffer.from([0, 255, 1, 254]) },
    { probeAnswer: () => Buffer.from("<a>".repeat(20_000)) },
    // To a question of somebody else.
    { probeAnswer: () => Buffer.from("<Envelope><Header><RelatesTo>urn:uuid:1</RelatesTo></Header></Envelope>") },
    // At an address that may not be reached.
    { name: "Metadata", toldHost: "169.254.169.254" },
    { name: "Real" },
  );
  const { body } = await ask("POST", "/api/v1/camera-discoveries");
  expect(body.cameras.map(({ name }: { name: string }) => name)).toEqual(["Real"]);
});

test("only addresses that may be reached are asked, and only by those who are signed in", async () => {
  const { ask } = await network({});
  const { body, status } = await ask("POST", "/api/v1/camera-streams", { address: "http://169.254.169.254/onvif" });
  expect({ status, code: body.code }).toEqual({ status: 400, code: "address_not_allowed" });
  expect((await ask("POST", "/api/v1/camera-streams", { address: "file:///etc/passwd" })).status).toBe(400);
  expect((await ask("POST", "/api/v1/camera-discoveries", undefined, null)).status).toBe(401);
});

test("where discovery is turned off that is said", async () => {
  const { ask } = await network();
  const { status, body } = await ask("POST", "/api/v1/camera-discoveries");
  expect({ status, code: body.code }).toEqual({ status: 409, code: "discovery_off" });
});
