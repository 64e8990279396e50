import { expect, test } from "vitest";
import { resolveSocketUrls } from "@/lib/client/session/socket-urls";

test("sockets are on the page's own host, secure when the page is", () => {
  const none = { video: "", audio: "" };
  expect(resolveSocketUrls(none, "https://tape.example/record?x=1")).toEqual({
    video: "wss://tape.example/ws/video",
    audio: "wss://tape.example/ws/audio",
  });
  expect(resolveSocketUrls(none, "http://localhost:3000/record").video).toBe("ws://localhost:3000/ws/video");
});

test("an address from the settings goes first, each for itself", () => {
  const urls = resolveSocketUrls({ video: "wss://ingest.example/v", audio: "" }, "https://tape.example/record");
  expect(urls).toEqual({ video: "wss://ingest.example/v", audio: "wss://tape.example/ws/audio" });
});
