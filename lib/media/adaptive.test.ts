/** Resolutions, and the playlists that name them. */
import { expect, test } from "vitest";
import {
  avcCodecOf,
  multivariantPlaylist,
  readPlaylist,
  renditionsOf,
  withQueryInPlaylist,
} from "@/lib/media/adaptive";

test.each([
  [
    [3840, 2160],
    ["1920x1080", "1280x720", "854x480", "640x360"],
  ],
  [
    [1280, 720],
    ["1280x720", "854x480", "640x360"],
  ],
  [
    [1080, 1920],
    ["1080x1920", "720x1280", "480x854", "360x640"],
  ],
  [
    [852, 478],
    ["852x478", "642x360"],
  ],
  // 480 of 500 lines would be the same again.
  [
    [888, 500],
    ["888x500", "640x360"],
  ],
  [[640, 360], ["640x360"]],
])("a film of %j is offered as %j", ([width, height], expected) => {
  const renditions = renditionsOf({ width: width as number, height: height as number });
  expect(renditions.map((each) => `${each.width}x${each.height}`)).toEqual(expected);
  const rates = renditions.map(({ maxBps }) => maxBps);
  expect(rates).toEqual([...rates].sort((one, other) => other - one));
});

const PLAYLIST = `#EXTM3U
#EXT-X-MAP:URI="hls-1.mp4",BYTERANGE="1339@0"
#EXTINF:4.000000,
#EXT-X-BYTERANGE:1000@1339
hls-1.mp4
#EXTINF:2.000000,
#EXT-X-BYTERANGE:1000@2339
hls-1.mp4
#EXT-X-ENDLIST
`;

test("what a playlist needs of a network is read from it", () => {
  expect(readPlaylist(PLAYLIST)).toEqual({ seconds: 6, peakBps: 4000, averageBps: Math.ceil(16_000 / 6) });
  expect(() => readPlaylist("#EXTM3U\n")).toThrow("not a playlist");
});

test("every address of a playlist gets the query, and nothing else does", () => {
  const changed = withQueryInPlaylist(PLAYLIST, "share=tds_x%26");
  expect(changed).toBe(
    PLAYLIST.replaceAll("\nhls-1.mp4", "\nhls-1.mp4?share=tds_x%26").replace(
      'URI="hls-1.mp4"',
      'URI="hls-1.mp4?share=tds_x%26"',
    ),
  );
});

test("the codec is told as RFC 6381 writes it", () => {
  const head = Buffer.concat([Buffer.from("....avcC"), Buffer.of(1, 0x64, 0x00, 0x1f, 0xff)]);
  expect(avcCodecOf(head)).toBe("avc1.64001f");
  expect(avcCodecOf(head.subarray(0, 10))).toBeNull();
  const variant = { uri: "hls-1.m3u8", width: 1280, height: 720, seconds: 6, peakBps: 4000, averageBps: 2667 };
  expect(multivariantPlaylist([{ ...variant, codecs: ["avc1.64001f", "mp4a.40.2"] }])).toBe(
    [
      ...["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"],
      '#EXT-X-STREAM-INF:BANDWIDTH=4000,AVERAGE-BANDWIDTH=2667,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2"',
      ...["hls-1.m3u8", ""],
    ].join("\n"),
  );
});
