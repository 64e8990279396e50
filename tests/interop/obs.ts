/**
 * OBS Studio publishes to the whole product, and every packet it sent is in the MP4: it records locally at the same time what its
 * encoders give to both.
 *
 *   npm run interop:obs [-- --seconds 20]
 *
 * Wants `obs` and `Xvfb` (Debian: obs-studio, obs-plugins, xvfb), which `bin/test` does not install. OBS is told to end the stream by a
 * script of its own, as its button would; its WebSocket would listen on every address.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { newStreamKey, packetDigests } from "@/tests/support/encoder";
import { run } from "@/tests/support/processes";
import { startTestServer } from "@/tests/support/server";
import { startWorker } from "@/worker/worker";

const { values } = parseArgs({ options: { seconds: { type: "string" } } });
const seconds = Number(values.seconds ?? 20);
const SCREEN = ":97";

/** Does what files in a folder are named after, and removes them. */
const SCRIPT = `
obs = obslua
local function take(name, act)
  local path = "{folder}/" .. name
  local file = io.open(path)
  if file then
    file:close()
    os.remove(path)
    act()
  end
end
function script_load()
  obs.timer_add(function()
    take("stop-streaming", obs.obs_frontend_streaming_stop)
    take("stop-recording", obs.obs_frontend_recording_stop)
  end, 50)
end
`;

/** The settings of OBS, as it keeps them, and a film that it plays. */
async function configure(home: string, server: string, key: string): Promise<void> {
  const base = path.join(home, "obs-studio");
  const profile = path.join(base, "basic/profiles/Untitled");
  await mkdir(profile, { recursive: true });
  await mkdir(path.join(base, "basic/scenes"), { recursive: true });
  const film = path.join(home, "film.mkv");
  await execa("ffmpeg", [
    ...["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=10", "-f", "lavfi", "-i", "sine=d=10"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", film],
  ]);
  const ini = (sections: Record<string, Record<string, string | number | boolean>>) =>
    Object.entries(sections)
      .map(([name, entries]) => [`[${name}]`, ...Object.entries(entries).map(([k, v]) => `${k}=${v}`), ""].join("\n"))
      .join("\n");
  await writeFile(
    path.join(base, "global.ini"),
    ini({
      General: { FirstRun: true, EnableAutoUpdates: false, InfoIncrement: 99, LastVersion: 486539266 },
      Basic: {
        Profile: "Untitled",
        ProfileDir: "Untitled",
        SceneCollection: "Untitled",
        SceneCollectionFile: "Untitled",
      },
      BasicWindow: { WarnBeforeStartingStream: false, WarnBeforeStoppingStream: false },
      OBSWebSocket: { FirstLoad: false, ServerEnabled: false },
    }),
  );
  await writeFile(
    path.join(profile, "basic.ini"),
    ini({
      General: { Name: "Untitled" },
      Output: { Mode: "Simple" },
      SimpleOutput: {
        ...{ FilePath: home, RecFormat: "mkv", RecQuality: "Stream", StreamEncoder: "x264", Preset: "ultrafast" },
        ...{ VBitrate: 2500, ABitrate: 128 },
      },
      Video: { BaseCX: 1280, BaseCY: 720, OutputCX: 1280, OutputCY: 720, FPSCommon: 30 },
      Audio: { SampleRate: 48000, ChannelSetup: "Stereo" },
    }),
  );
  const settings = { server, key, use_auth: false, bwtest: false };
  await writeFile(path.join(profile, "service.json"), JSON.stringify({ type: "rtmp_custom", settings }));
  const script = path.join(home, "commands.lua");
  await writeFile(script, SCRIPT.replaceAll("{folder}", home));
  const item = { id: 1, name: "Film", visible: true };
  await writeFile(
    path.join(base, "basic/scenes/Untitled.json"),
    JSON.stringify({
      ...{ name: "Untitled", current_scene: "Scene", current_program_scene: "Scene", scene_order: [{ name: "Scene" }] },
      sources: [
        { id: "ffmpeg_source", name: "Film", mixers: 255, settings: { local_file: film, looping: true } },
        { id: "scene", name: "Scene", mixers: 0, settings: { id_counter: 1, items: [item] } },
      ],
      modules: { "scripts-tool": [{ path: script, settings: {} }] },
    }),
  );
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until<T>(what: string, timeoutMs: number, look: () => Promise<T | null>): Promise<T> {
  for (const endsAtMs = Date.now() + timeoutMs; Date.now() < endsAtMs; await sleep(20)) {
    const found = await look().catch(() => null);
    if (found !== null) return found;
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
}

/** Whether what was sent is in what is there, in order and without a gap; the local file may begin or end a little apart. */
function compare(name: string, there: readonly string[], sent: readonly string[]): string {
  const from = sent.indexOf(there[0] as string);
  const differing = there.filter((digest, index) => from < 0 || digest !== sent[from + index]).length;
  if (there.length === 0 || differing > 0) process.exitCode = 1;
  return `${name}: ${there.length} packets in the MP4, ${sent.length} in OBS's own file, from its ${from + 1}. on, ${differing} differ`;
}

const home = await mkdtemp(path.join(tmpdir(), "tapedeck-obs-"));
const server = await startTestServer({ RTMP_LISTEN: "127.0.0.1:0" });
const worker = await startWorker(server.services);
const { id, key } = await newStreamKey(server, { name: "OBS" });
await configure(home, `rtmp://127.0.0.1:${server.server.rtmp.port}/live`, key);
const screen = run("Xvfb", [SCREEN, "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
await sleep(1000);
const obs = run("obs", ["--startstreaming", "--startrecording", "--multi", "--minimize-to-tray"], {
  env: {
    ...{
      NODE_ENV: "production" as const,
      PATH: process.env.PATH,
      HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_RUNTIME_DIR: home,
      DISPLAY: SCREEN,
    },
    ...{ LIBGL_ALWAYS_SOFTWARE: "1", QT_QPA_PLATFORM: "xcb", LANG: "C.UTF-8" },
  },
});
const find = (): Promise<RecordingWithParts | null> =>
  server.services.database.recording.findFirst({ where: { streamKeyId: id }, include: WITH_PARTS });
try {
  await until("a recording", 60_000, find);
  await sleep(seconds * 1000); // What is recorded.
  await writeFile(path.join(home, "stop-streaming"), "");
  const leftAtMs = performance.now();
  const recording = await until("a recording that is ready", 120_000, async () => {
    const row = await find();
    if (row?.state === "failed") throw new Error(row.failureMessage ?? "failed");
    return row?.state === "ready" ? row : null;
  });
  const readyMs = Math.round(performance.now() - leftAtMs);
  await writeFile(path.join(home, "stop-recording"), "");
  await sleep(3000);
  const own = (await readdir(home)).find((name) => /^\d{4}-.*\.mkv$/.test(name));
  if (own === undefined) throw new Error("OBS has no file of its own");
  const mp4 = recording.outputs.find(({ kind }) => kind === "mp4");
  const file = server.services.folder.file(recording.id, mp4?.filename as string);
  console.log(`OBS ${/OBS (\d\S+)/.exec(obs.output())?.[1] ?? "?"}`);
  console.log(
    `MP4: ${mp4?.videoCodec} ${mp4?.width}x${mp4?.height}, ${mp4?.audioCodec}, ${(mp4?.durationMs ?? 0) / 1000} s`,
  );
  console.log(`ready ${readyMs} ms after the button, ${recording.takes.length} take, ${recording.gaps.length} gaps`);
  for (const [name, stream] of [
    ["picture", "v"],
    ["sound", "a"],
  ] as const) {
    console.log(compare(name, await packetDigests(file, stream), await packetDigests(path.join(home, own), stream)));
  }
} catch (error) {
  console.error(obs.output().slice(-6000));
  throw error;
} finally {
  await obs.stop();
  await screen.stop();
  await worker.close();
  await server.stop();
  await rm(home, { recursive: true, force: true });
}
