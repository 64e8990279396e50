import { expect, test } from "vitest";
import { livePlaylist } from "@/lib/media/hls-playlist";

const uris = { initUri: "init.mp4?run=a", segmentUri: (index: number) => `${index}.m4s?run=a` };

test("a playlist that grows says how to wait for more", () => {
  expect(livePlaylist({ ...uris, durationsMs: [2000, 1966.7], isOver: false, isDelta: false })).toBe(
    `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6
#EXT-X-MAP:URI="init.mp4?run=a"
#EXTINF:2.000,
0.m4s?run=a
#EXTINF:1.967,
1.m4s?run=a
`,
  );
});

test("one that is over begins at its beginning and has an end", () => {
  const text = livePlaylist({ ...uris, durationsMs: [3600], isOver: true, isDelta: true });
  expect(text).toContain("#EXT-X-TARGETDURATION:4\n");
  expect(text).toMatch(/0\.m4s\?run=a\n#EXT-X-ENDLIST\n$/);
});

test("an update leaves out what is far from the end, and nothing of a short one", () => {
  const hour = Array.from({ length: 1800 }, () => 2000);
  const text = livePlaylist({ ...uris, durationsMs: hour, isOver: false, isDelta: true });
  expect(text).toContain("#EXT-X-SKIP:SKIPPED-SEGMENTS=1793\n");
  expect(text.match(/#EXTINF/g)).toHaveLength(7);
  expect(livePlaylist({ ...uris, durationsMs: [2000, 2000], isOver: false, isDelta: true })).not.toContain(
    "EXT-X-SKIP",
  );
});
