import { expect, it } from "vitest";
import { readCameraList } from "@/lib/domain/camera-list";

it("reads CSV without a first line of names, with quotes, comments and empty lines", () => {
  const text = `# our cameras\r\n\r\n"Door, front",rtsp://10.0.0.1/a\r\nYard,rtsp://10.0.0.2/b,viewer,"p,w""1"\r\n`;
  expect(readCameraList(text)).toEqual([
    { line: 3, fields: { name: "Door, front", url: "rtsp://10.0.0.1/a" } },
    { line: 4, fields: { name: "Yard", url: "rtsp://10.0.0.2/b", username: "viewer", password: 'p,w"1' } },
  ]);
});

it("goes by the names in the first line where there are any, and by its separator", () => {
  const text = "\uFEFFAddress;Place;Camera;User\nrtsp://10.0.0.1/a;Hall;Door;\nrtsp://10.0.0.2/b;;Yard;viewer";
  expect(readCameraList(text)).toEqual([
    { line: 2, fields: { url: "rtsp://10.0.0.1/a", name: "Door" } },
    { line: 3, fields: { url: "rtsp://10.0.0.2/b", name: "Yard", username: "viewer" } },
  ]);
});

it("reads an object of JSON a line, and says which is none", () => {
  const text = '{"name":"Door","url":"rtsp://10.0.0.1/a","segmentSeconds":60}\n{"name":\n[1]';
  expect(readCameraList(text)).toEqual([
    { line: 1, fields: { name: "Door", url: "rtsp://10.0.0.1/a", segmentSeconds: 60 } },
    { line: 2, fields: null },
    { line: 3, fields: null },
  ]);
});

it("is empty for nothing", () => {
  expect(readCameraList(" \n# none\n")).toEqual([]);
});
