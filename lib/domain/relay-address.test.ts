import { expect, test } from "vitest";
import { readRelayAddress } from "@/lib/domain/relay-address";

test.each([
  ["rtmp://live.example.org/app", "live.example.org", 1935, "app", "rtmp://live.example.org/app"],
  ["rtmps://live.example.org/app/", "live.example.org", 443, "app", "rtmps://live.example.org/app"],
  ["RTMPS://Live.example.org:443/rtmp/", "live.example.org", 443, "rtmp", "rtmps://live.example.org:443/rtmp"],
  ["rtmp://10.0.0.7:80/a/b", "10.0.0.7", 80, "a/b", "rtmp://10.0.0.7:80/a/b"],
  ["rtmp://[2001:db8::1]:1936/live", "2001:db8::1", 1936, "live", "rtmp://[2001:db8::1]:1936/live"],
])("%s is understood", (text, host, port, app, tcUrl) => {
  expect(readRelayAddress(text)).toEqual({ isTls: /^rtmps/i.test(text), host, port, app, tcUrl });
});

test("a number in another form is the address that it stands for, and can be judged", () => {
  expect(readRelayAddress("rtmp://0x7f.1/live")?.host).toBe("127.0.0.1");
});

test.each([
  "http://live.example.org/app",
  "rtmp://live.example.org",
  "rtmp://live.example.org/",
  "rtmp:///app",
  "rtmp://name:password@live.example.org/app",
  "rtmp://live.example.org/app?key=1",
  "rtmp://live.example.org/app#1",
  "rtmp://live.example.org:99999/app",
  "rtmp://live example.org/app",
  "live.example.org/app",
  "",
])("%s is refused", (text) => {
  expect(readRelayAddress(text)).toBeNull();
});
