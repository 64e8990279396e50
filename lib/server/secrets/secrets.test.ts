import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinCredentials, maskUrl, splitCredentials } from "@/lib/server/secrets/mask-url";
import { Sealer } from "@/lib/server/secrets/sealer";

const SECRET = "a secret of at least thirty-two characters";

describe("sealed credentials", () => {
  it("open as what they were, in their own context and with the same secret only", () => {
    const sealed = new Sealer(SECRET).seal("pässword", "camera:1");
    expect(sealed).not.toContain("ssword");
    expect(new Sealer(SECRET).open(sealed, "camera:1")).toBe("pässword");
    for (const open of [
      () => new Sealer(SECRET).open(sealed, "camera:2"),
      () => new Sealer(`${SECRET}!`).open(sealed, "camera:1"),
      () => new Sealer(SECRET).open(`${sealed.slice(0, -2)}AA`, "camera:1"),
      () => new Sealer(SECRET).open("v1.", "camera:1"),
      () => new Sealer(SECRET).open("plain", "camera:1"),
    ]) {
      expect(open).toThrow(expect.objectContaining({ code: "credentials_unreadable" }));
    }
  });

  it("differ each time the same text is sealed", () => {
    const sealer = new Sealer(SECRET);
    expect(sealer.seal("same", "x")).not.toBe(sealer.seal("same", "x"));
  });
});

describe("an address with credentials", () => {
  it.each([
    ["rtsp://admin:s3cret@10.0.0.4:554/live", "rtsp://admin:***@10.0.0.4:554/live"],
    ["rtsp://admin:s3cr@t@10.0.0.4/live", "rtsp://admin:***@10.0.0.4/live"],
    ["rtsp://admin:s3c/r?t#@10.0.0.4/live", "rtsp://admin:***@10.0.0.4/live"],
    ["rtsp://admin@10.0.0.4/live", "rtsp://admin@10.0.0.4/live"],
    ["http://10.0.0.4/video?user=a&pwd=s3cret&x=1", "http://10.0.0.4/video?user=a&pwd=***&x=1"],
    ["http://10.0.0.4:8080/a@b", "http://10.0.0.4:8080/a@b"],
    ["rtmp://host/app?token=s3cret", "rtmp://host/app?token=***"],
    ["http://[::1]:80/x", "http://[::1]:80/x"],
    ["s3cret, no address", "***"],
  ])("is shown without the password: %s", (url, masked) => {
    expect(maskUrl(url)).toBe(masked);
  });

  it("is taken apart and put together again, whatever is in the password", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (username, password) => {
        const url = joinCredentials("rtsp://10.0.0.4:554/live?x=1", { username, password });
        expect(splitCredentials(url)).toEqual({
          url: "rtsp://10.0.0.4:554/live?x=1",
          credentials: { username, password },
        });
      }),
    );
    expect(splitCredentials("http://a/b")).toEqual({ url: "http://a/b", credentials: null });
  });
});
