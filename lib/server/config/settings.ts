/**
 * Every setting of Tapedeck: its name in the environment, its default, its check and one sentence about it.
 * The table in docs/settings.md is made from this list, and a test compares the two.
 */
import { isIPv4 } from "node:net";
import path from "node:path";
import { z } from "zod";
import { VIDEO_CODECS, X264_PRESETS } from "@/lib/domain/compile-settings";
import { MJPEG_CODECS, MJPEG_PRESETS } from "@/lib/domain/mjpeg-settings";
import { MIN_PASSWORD_LENGTH } from "@/lib/domain/passwords";
import { TAKE_GAP_MODES } from "@/lib/domain/take-timeline";
import { MAX_FPS, MIN_FPS, resolution, SNAPSHOT_CODECS } from "@/lib/protocol/snapshots";
import { DEFAULT_NETWORKS, parseAllowedNetworks } from "@/lib/server/outbound/allowed-networks";

export interface Setting<T> {
  /** Text from the environment to the value; an empty variable counts as not set. */
  schema: z.ZodType<T, string | undefined>;
  /** The default as a user would write it; "" when there is none. */
  shownDefault: string;
  description: string;
}

function define<T>(shownDefault: string, schema: z.ZodType<T, string | undefined>, description: string): Setting<T> {
  return { schema, shownDefault, description };
}

function text(shownDefault: string, description: string) {
  return define(
    shownDefault,
    z
      .string()
      .optional()
      .transform((value) => value ?? shownDefault),
    description,
  );
}

function integer(fallback: number, min: number, max: number, description: string) {
  return define(
    String(fallback),
    z
      .string()
      .optional()
      .transform((value, context) => {
        if (value === undefined) return fallback;
        const number = Number(value);
        if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
        context.addIssue({ code: "custom", message: `must be a whole number from ${min} to ${max}, not "${value}"` });
        return z.NEVER;
      }),
    description,
  );
}

function flag(fallback: boolean, description: string) {
  return define(
    String(fallback),
    z
      .enum(["true", "false"], { error: 'must be "true" or "false"' })
      .optional()
      .transform((value) => (value === undefined ? fallback : value === "true")),
    description,
  );
}

/** Hours, or "never", kept as 0. */
function hours(shownDefault: string, description: string) {
  return define(
    shownDefault,
    z
      .string()
      .optional()
      .transform((given, context) => {
        const value = given ?? shownDefault;
        if (value === "never") return 0;
        const number = Number(value);
        if (Number.isSafeInteger(number) && number >= 1 && number <= 876_000) return number;
        context.addIssue({ code: "custom", message: `must be a number of hours or "never", not "${value}"` });
        return z.NEVER;
      }),
    description,
  );
}

function url(protocols: string[], description: string) {
  return define(
    "",
    z
      .string()
      .optional()
      .transform((value, context) => {
        if (value === undefined) return "";
        if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value.replace(/\/$/, "");
        context.addIssue({ code: "custom", message: `must be an address starting with ${protocols.join(" or ")}//` });
        return z.NEVER;
      }),
    description,
  );
}

function choice<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number], description: string) {
  return define(
    fallback,
    z
      .enum(values, { error: `must be one of ${values.join(", ")}` })
      .optional()
      .transform((value) => (value ?? fallback) as T[number]),
    description,
  );
}

/** `host:port` of IPv4, several of them, or `off`. */
function targets(shownDefault: string, description: string) {
  return define(
    shownDefault,
    z
      .string()
      .optional()
      .transform((given, context): { host: string; port: number }[] => {
        const value = given ?? shownDefault;
        if (value === "off") return [];
        return value.split(",").map((each) => {
          const match = /^([\d.]+):(\d{1,5})$/.exec(each.trim());
          if (match?.[1] !== undefined && isIPv4(match[1]) && Number(match[2]) <= 65_535)
            return { host: match[1], port: Number(match[2]) };
          context.addIssue({ code: "custom", message: `must be addresses as 192.0.2.1:3702, or off, not "${each}"` });
          return z.NEVER;
        });
      }),
    description,
  );
}

/** `host:port`, `:port`, `[v6]:port` or `off`. */
function address(shownDefault: string, description: string) {
  return define(
    shownDefault,
    z
      .string()
      .optional()
      .transform((given, context): { host: string | undefined; port: number } | null => {
        const value = given ?? shownDefault;
        if (value === "off") return null;
        const match = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(value);
        const port = Number(match?.[3]);
        if (match !== null && port <= 65_535) return { host: match[1] || match[2] || undefined, port };
        context.addIssue({ code: "custom", message: `must be host:port, :port or off, not "${value}"` });
        return z.NEVER;
      }),
    description,
  );
}

function folder(shownDefault: string, description: string) {
  return define(
    shownDefault,
    z
      .string()
      .optional()
      .transform((value) => path.resolve(value ?? shownDefault)),
    description,
  );
}

const GIB = 1024 ** 3;

export const SETTINGS = {
  ENV_FILE: text(".env", "File with settings that are not in the environment, from the top folder."),
  HOST: text("127.0.0.1", "Address the server listens on. Put a reverse proxy with HTTPS in front before widening it."),
  PORT: integer(3000, 0, 65_535, "Port the server listens on; 0 takes any free one."),
  PUBLIC_URL: url(
    ["http:", "https:"],
    "Address users see, when it differs from the one they connect to. With https, cookies are marked secure.",
  ),
  TRUST_PROXY: flag(false, "Believe X-Forwarded-For, -Host and -Proto. Only behind a proxy that sets them."),
  RECORDINGS_DIR: folder("recordings", "Where recordings are kept, a folder each."),
  DATA_DIR: folder(".tapedeck", "Where the database file, the private Redis and the secrets are kept."),
  DATABASE_URL: define(
    "",
    z
      .string()
      .optional()
      .refine((value) => value === undefined || /^(file:|postgres(ql)?:\/\/)/.test(value), {
        error: "must start with file: or postgresql://",
      })
      .transform((value) => value ?? ""),
    "`file:…` for SQLite or `postgresql://…`; empty: an SQLite file in DATA_DIR.",
  ),
  DATABASE_TIMEOUT_SECONDS: integer(15, 1, 600, "PostgreSQL that gives no answer for so long is taken to be away."),
  REDIS_URL: url(["redis:", "rediss:"], "Redis or Valkey for the queue; empty: `bin/start` runs a private one."),
  SECRET: define(
    "",
    z
      .string()
      .min(32, { error: "must have at least 32 characters" })
      .optional()
      .transform((value) => value ?? ""),
    "Signs session cookies. Empty: generated at the first start and kept in DATA_DIR, readable by the owner only.",
  ),
  ADMIN_EMAIL: define(
    "",
    z
      .email({ error: "must be an email address" })
      .optional()
      .transform((value) => value ?? ""),
    "With ADMIN_PASSWORD: makes the administrator at the first start instead of on the page.",
  ),
  ADMIN_PASSWORD: define(
    "",
    z
      .string()
      .min(MIN_PASSWORD_LENGTH, { error: `must have at least ${MIN_PASSWORD_LENGTH} characters` })
      .optional()
      .transform((value) => value ?? ""),
    "See ADMIN_EMAIL. Used only while there is no user.",
  ),
  GITHUB_ID: text("", "Sign in with GitHub: the OAuth app's client id."),
  GITHUB_SECRET: text("", "Sign in with GitHub: the OAuth app's secret."),
  GOOGLE_ID: text("", "Sign in with Google: the client id."),
  GOOGLE_SECRET: text("", "Sign in with Google: the client secret."),
  OIDC_ISSUER: url(["http:", "https:"], "Sign in with any OpenID Connect provider: its issuer address."),
  OIDC_ID: text("", "The OpenID Connect client id."),
  OIDC_SECRET: text("", "The OpenID Connect client secret."),
  OIDC_NAME: text("Single sign-on", "Name of that provider on the sign-in page."),
  LOG_LEVEL: choice(["trace", "debug", "info", "warn", "error", "silent"], "info", "Least level that is logged."),
  VIDEO_SOCKET_URL: url(["ws:", "wss:"], "Address of the video socket; empty: `/ws/video` on the page's own host."),
  AUDIO_SOCKET_URL: url(["ws:", "wss:"], "Address of the audio socket; empty: `/ws/audio` on the page's own host."),
  MAX_MESSAGE_BYTES: integer(16 * 1024 ** 2, 1024, 256 * 1024 ** 2, "Largest message a socket takes, in bytes."),
  MAX_MESSAGES_PER_SECOND: integer(
    200,
    10,
    1_000_000,
    "Messages a second a socket is read at; a faster sender is slowed down, not refused.",
  ),
  MAX_SOCKETS_PER_USER: integer(200, 2, 100_000, "Recording sockets one user may hold open."),
  MAX_TRACK_BYTES: integer(64 * GIB, 1024, Number.MAX_SAFE_INTEGER, "Largest single track, in bytes."),
  DEFAULT_QUOTA_BYTES: integer(
    0,
    0,
    Number.MAX_SAFE_INTEGER,
    "Bytes a user may keep unless set for the user; 0: no limit.",
  ),
  MIN_FREE_BYTES: integer(GIB, 0, Number.MAX_SAFE_INTEGER, "Free disk space below which no new recording starts."),
  RESERVE_BYTES: integer(
    256 * 1024 ** 2,
    0,
    Number.MAX_SAFE_INTEGER,
    "Disk space set aside for each live recording, by account: new recordings and compilations must leave it.",
  ),
  SYNC_INTERVAL_MS: integer(250, 1, 10_000, "Longest time bytes wait before they are synced to disk and acknowledged."),
  RAW_RETENTION_HOURS: hours(
    "24",
    "Raw tracks and recordings that never became a file go after this; `never` keeps them.",
  ),
  READY_RETENTION_HOURS: hours(
    "never",
    "Finished files go after this, unless the owner or the recording says otherwise.",
  ),
  INTERRUPTED_TIMEOUT_MINUTES: integer(60, 1, 100_000, "A recording whose source went away is ended after this."),
  CLEANUP_INTERVAL_SECONDS: integer(600, 1, 86_400, "How often retention is looked at."),
  CLEANUP_MAX_RECORDINGS: integer(
    100,
    1,
    Number.MAX_SAFE_INTEGER,
    "A clean-up that would touch more recordings than this, and more than half of all, removes nothing and gives alarm.",
  ),
  COMPILE_CONCURRENCY: integer(
    1,
    1,
    64,
    "Recordings a worker compiles at the same time; as many again that take more than a minute beside them.",
  ),
  FOLLOW_MAX_RECORDINGS: integer(50, 0, 10_000, "Recordings a worker compiles while they run; 0: none."),
  FOLLOW_MAX_ENCODERS: integer(
    0,
    0,
    1000,
    "Of these, how many whose picture has to be encoded; others are compiled when they have ended. 0: as many as the machine was measured to carry.",
  ),
  COMPILE_PIECE_SECONDS: integer(
    120,
    0,
    86_400,
    "A picture that has to be encoded and is longer than two and a half times this is cut into such pieces, which all workers encode. 0: none is.",
  ),
  COMPILE_MAX_ATTEMPTS: integer(3, 1, 20, "Times a compilation is tried before the recording counts as failed."),
  COMPILE_TIMEOUT_MINUTES: integer(240, 1, 10_000, "Longest time one FFmpeg run may take."),
  COMPILE_MEMORY_BYTES: integer(2 * GIB, 512 * 1024 ** 2, 1024 * GIB, "Address space of one FFmpeg process (Linux)."),
  COMPILE_MAX_PIXELS: integer(8_912_896, 10_000, 268_435_456, "Largest picture that is decoded; 4096x2176 by default."),
  COMPILE_MAX_DURATION_HOURS: integer(48, 1, 1000, "Longest media time that is compiled."),
  COMPILE_CRF: integer(23, 14, 40, "x264 quality where the picture is transcoded; lower is better."),
  COMPILE_PRESET: choice(X264_PRESETS, "veryfast", "x264 speed where the picture is transcoded."),
  COMPILE_AUDIO_BITRATE_BPS: integer(128_000, 32_000, 320_000, "AAC bit rate."),
  COMPILE_LONGEST_SIDE_PX: integer(0, 0, 8192, "Longest side of the picture; larger is scaled down. 0: as recorded."),
  PREVIEWS: flag(true, "Make a poster, a strip of thumbnails and a waveform of every finished recording."),
  COMPILE_CODEC: choice(VIDEO_CODECS, "h264", "What a picture becomes that has to be transcoded, where FFmpeg has it."),
  COMPILE_HARDWARE: choice(
    ["off", "auto"],
    "off",
    "auto: encode on the graphics hardware of the machine where it works; what fails there is encoded on the processor.",
  ),
  TAKE_GAPS: choice(
    TAKE_GAP_MODES,
    "hold",
    "Time between the takes of a recording: hold it, as a picture that stands and silence, or cut it out.",
  ),
  CLOCK_OFFSET_MS_CHROMIUM: integer(20, -500, 500, "Constant of the sound-to-picture estimate for Chromium."),
  CLOCK_OFFSET_MS_FIREFOX: integer(20, -500, 500, "The same for Firefox."),
  CLOCK_OFFSET_MS_SAFARI: integer(20, -500, 500, "The same for Safari."),
  CLOCK_OFFSET_MS_OTHER: integer(20, -500, 500, "The same for every other source."),
  SNAPSHOT_FPS: integer(30, MIN_FPS, MAX_FPS, "Frames a second of a video made of snapshots."),
  SNAPSHOT_RESOLUTION: define(
    "",
    z
      .string()
      .optional()
      .transform((value, context) => {
        if (value === undefined) return null;
        const parsed = resolution.safeParse(value);
        if (parsed.success) return parsed.data;
        context.addIssue({ code: "custom", message: String(parsed.error.issues[0]?.message) });
        return z.NEVER;
      }),
    "Size of such a video, such as `1920x1080`; empty: that of the first snapshot.",
  ),
  SNAPSHOT_CODEC: choice(
    SNAPSHOT_CODECS,
    "avc1",
    "Codec of the file that clients of snapshots download: `avc1` (H.264) or `mp4v`.",
  ),
  SNAPSHOT_RETENTION_DAYS: integer(
    7,
    0,
    36_500,
    "Recordings of snapshots go after this, unless their own retention is changed; 0: they are kept as others are.",
  ),
  SNAPSHOT_MAX_BYTES: integer(4 * 1024 ** 2, 1024, 64 * 1024 ** 2, "Largest single snapshot, in bytes."),
  FFMPEG_PATH: text("ffmpeg", "The FFmpeg to run."),
  FFPROBE_PATH: text("ffprobe", "The ffprobe to run."),
  MJPEG_CODEC: choice(MJPEG_CODECS, "h264", "How motion JPEG streams are encoded, unless a recording says otherwise."),
  MJPEG_PRESET: choice(MJPEG_PRESETS, "veryfast", "Speed of that encoding."),
  MJPEG_CRF: integer(23, 0, 51, "Quality of it; lower is better."),
  MJPEG_BITRATE_BPS: integer(0, 0, 200_000_000, "Most bits a second of it; 0: as many as the quality needs."),
  MJPEG_MAX_HOURS: integer(24, 1, 8760, "Longest recording of a stream."),
  MJPEG_STALL_SECONDS: integer(10, 1, 3600, "A stream without a picture for this long is connected to again."),
  MJPEG_CONCURRENCY: integer(16, 1, 1000, "Streams a worker records at the same time."),
  MJPEG_RETENTION_HOURS: hours(
    "168",
    "Recordings of streams go after this, unless pinned or kept; `never` keeps them.",
  ),
  RTMP_LISTEN: address(
    "127.0.0.1:1935",
    "Address and port encoders publish to, `:1935` for all of the machine's addresses; `off`: none.",
  ),
  RTMPS_LISTEN: address("off", "The same over TLS, for instance `:1936`; needs the two files below."),
  RTMPS_CERT_FILE: text("", "Certificate chain for RTMPS, PEM."),
  RTMPS_KEY_FILE: text("", "Its private key, PEM."),
  RTMP_APPS: text("", "Names of `{app}` that may be published to, separated by commas; empty: any."),
  RTMP_PUBLIC_HOST: text("", "Host that the page tells encoders to publish to; empty: the one the page came from."),
  RTMP_CHUNK_SIZE: integer(
    4096,
    128,
    0xffffff,
    "RTMP chunk size while connecting, in bytes. Publishers are then told 65536, which many follow: it halves the work.",
  ),
  RTMP_WINDOW_ACK_SIZE: integer(2_500_000, 1024, 2 ** 31 - 1, "RTMP window acknowledgement size, in bytes."),
  RTMP_MAX_CONNECTIONS: integer(
    1000,
    1,
    100_000,
    "RTMP connections at a time; beyond, those go that have been silent longest without publishing.",
  ),
  RTMP_MAX_PUBLISHERS_PER_USER: integer(50, 1, 10_000, "Streams one user may publish at a time."),
  RTMP_DUPLICATES: choice(
    ["refuse", "take_over"],
    "refuse",
    "A second encoder with the key of a stream that runs: refuse it, or let it take over.",
  ),
  RTMP_RECORD: choice(
    ["keys", "all", "none"],
    "keys",
    "Which streams are recorded: as each key says, every one, or none unless the API asks for it.",
  ),
  RTMP_RESUME_SECONDS: integer(
    60,
    0,
    86_400,
    "An encoder that comes back within this goes on with the same recording.",
  ),
  RTMP_ROTATE_SECONDS: integer(0, 0, 86_400, "A stream's file is followed by the next one after this; 0: never."),
  RTMP_ROTATE_BYTES: integer(
    4 * GIB,
    1024 ** 2,
    64 * GIB,
    "A stream's file is followed by the next one at the first key frame after this many bytes.",
  ),
  S3_ENDPOINT: url(["http:", "https:"], "Address of an S3-compatible object store; empty with S3_BUCKET: AWS."),
  S3_BUCKET: text("", "Bucket that finished segments of cameras are moved to; empty: they stay on the local disk."),
  S3_REGION: text("us-east-1", "Its region."),
  S3_ACCESS_KEY_ID: text("", "Key to the object store."),
  S3_SECRET_ACCESS_KEY: text("", "The secret of that key."),
  S3_PREFIX: text("", "What the names of all objects begin with, as `tapedeck/`."),
  S3_FORCE_PATH_STYLE: flag(
    true,
    "The bucket is in the path of addresses, not in their host; most stores but AWS need it.",
  ),
  UPLOAD_CONCURRENCY: integer(2, 1, 32, "Files a worker uploads at the same time."),
  OUTBOUND_NETWORKS: define(
    DEFAULT_NETWORKS,
    z
      .string()
      .optional()
      .transform((value, context) => {
        try {
          return parseAllowedNetworks(value ?? DEFAULT_NETWORKS);
        } catch (error) {
          context.addIssue({ code: "custom", message: `has an entry that is wrong: ${(error as Error).message}` });
          return z.NEVER;
        }
      }),
    "Networks that Tapedeck connects to for its users (cameras, streams, webhooks), separated by commas; `public` is the Internet. Loopback, link-local, multicast and cloud metadata only as single addresses.",
  ),
  DISCOVERY_TARGETS: targets(
    "239.255.255.250:3702",
    "Where cameras are looked for (ONVIF), separated by commas: the multicast group, or addresses in other networks. off: nowhere.",
  ),
  WORKER_PORT: integer(0, 0, 65_535, "Port of the worker's own /metrics on 127.0.0.1; 0: none."),
  SEGMENT_SECONDS: integer(
    3600,
    1,
    86_400,
    "Cameras: length of a segment, by the clock, unless the camera says otherwise.",
  ),
  CAMERAS_PER_WORKER: integer(250, 0, 5000, "Cameras one worker records; 0: none."),
  MAX_CAMERAS_PER_USER: integer(0, 0, 100_000, "Cameras one user may record at the same time; 0: no limit."),
  CAMERA_RESERVE_BYTES: integer(
    2 * GIB,
    0,
    Number.MAX_SAFE_INTEGER,
    "What of its owner's quota is set aside for a camera while it is recorded, unless it has a limit of its own.",
  ),
  CAMERA_RETENTION_DAYS: integer(0, 0, 36_500, "Segments of cameras go after so many days; 0: never."),
  CAMERA_THUMBNAIL_SECONDS: integer(
    300,
    0,
    86_400,
    "How often a small picture is made of what a camera sees; 0: never.",
  ),
  CAMERA_TLS_VERIFY: flag(false, "Certificates of rtsps cameras must be valid. Most cameras make their own."),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

/** The checked settings, by their name in the environment. */
export type Settings = { [Name in SettingName]: z.output<(typeof SETTINGS)[Name]["schema"]> };

/** What is wrong with the environment, every problem at once. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The settings do not work:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * Checks the environment as a whole.
 *
 * @throws {SettingsError} naming every setting that is wrong
 */
export function parseSettings(environment: Record<string, string | undefined>): Settings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const given = environment[name];
    const result = (setting as Setting<unknown>).schema.safeParse(given === "" ? undefined : given);
    if (result.success) settings[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${name} ${issue.message}`));
  }
  for (const [one, other] of [
    ["ADMIN_EMAIL", "ADMIN_PASSWORD"],
    ["GITHUB_ID", "GITHUB_SECRET"],
    ["GOOGLE_ID", "GOOGLE_SECRET"],
    ["OIDC_ISSUER", "OIDC_ID"],
    ["S3_BUCKET", "S3_ACCESS_KEY_ID"],
    ["S3_BUCKET", "S3_SECRET_ACCESS_KEY"],
    ["OIDC_ID", "OIDC_SECRET"],
    ["RTMPS_CERT_FILE", "RTMPS_KEY_FILE"],
  ] as const) {
    if (Boolean(environment[one]) !== Boolean(environment[other])) problems.push(`${one} and ${other} go together`);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings as Settings;
}
