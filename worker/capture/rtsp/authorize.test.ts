import { expect, test } from "vitest";
import { Authorizer, chooseChallenge } from "@/worker/capture/rtsp/authorize";

test("the strongest of what a camera offers is taken", () => {
  const offered = [
    'Basic realm="a"',
    'Digest realm="a", nonce="1"',
    'Digest realm="a", nonce="2", algorithm=SHA-256',
    'Digest realm="a", nonce="3", algorithm=SHA-512-256',
  ];
  expect(chooseChallenge(offered)?.parameters.get("nonce")).toBe("2");
  expect(chooseChallenge(offered.slice(0, 2))?.scheme).toBe("digest");
  expect(chooseChallenge(offered.slice(0, 1))?.scheme).toBe("basic");
  expect(chooseChallenge(["Bearer x"])).toBeNull();
});

test("digest without a quality of protection is that of RFC 2069", () => {
  const authorizer = new Authorizer({ username: "Mufasa", password: "CircleOfLife" });
  authorizer.accept(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"']);
  // Erratum 749 of RFC 2069.
  expect(authorizer.header("GET", "/dir/index.html")).toContain('response="1949323746fe6a43ef61f9606e7febea"');
});

test("the same password is not tried again and again", () => {
  const authorizer = new Authorizer({ username: "a", password: "b" });
  expect(authorizer.accept(['Digest realm="r", nonce="1"'])).toBe(true);
  expect(authorizer.accept(['Digest realm="r", nonce="2"'])).toBe(false);
  expect(authorizer.accept(['Digest realm="r", nonce="3", stale=true'])).toBe(true);
});

test("basic sends both", () => {
  const authorizer = new Authorizer({ username: "a", password: "ü:" });
  authorizer.accept(["Basic realm=x"]);
  expect(authorizer.header("OPTIONS", "rtsp://x")).toBe(`Basic ${Buffer.from("a:ü:").toString("base64")}`);
});
