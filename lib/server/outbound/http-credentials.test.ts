import { describe, expect, it } from "vitest";
import { answerChallenge } from "@/lib/server/outbound/http-credentials";

const credentials = { username: "Mufasa", password: "Circle of Life" };
const request = { method: "GET", uri: "/dir/index.html", credentials };
const NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
const CLIENT_NONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

describe("credentials for a challenge", () => {
  it("are as in the examples of RFC 7616 §3.9.1, the stronger digest first", () => {
    const challenge = (algorithm: string) =>
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${OPAQUE}"`;
    expect(answerChallenge([challenge("MD5")], request, CLIENT_NONCE)).toContain(
      'response="8ca523f5e9506fed4657c9700eebdbec"',
    );
    const both = answerChallenge([challenge("MD5"), challenge("SHA-256")], request, CLIENT_NONCE);
    expect(both).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    expect(both).toContain("nc=00000001");
    expect(both).toContain(`opaque="${OPAQUE}"`);
  });

  it("are as in the example of RFC 2069, corrected by its erratum, where there is no qop", () => {
    const answer = answerChallenge(
      [
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      ],
      { ...request, credentials: { username: "Mufasa", password: "CircleOfLife" } },
    );
    expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(answer).not.toContain("qop");
  });

  it("are basic where nothing better is asked for", () => {
    expect(answerChallenge(['Basic realm="camera"'], request)).toBe("Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl");
    expect(answerChallenge(['Basic realm="a", Digest realm="b", nonce="c"'], request)).toMatch(/^Digest /);
    expect(answerChallenge(['Digest realm="b", nonce="c", algorithm=SHA-512-256', "Basic"], request)).toMatch(
      /^Basic /,
    );
    expect(answerChallenge(["Negotiate"], request)).toBeNull();
  });
});
