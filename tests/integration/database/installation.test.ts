/** The recordings folder and the database belong together, or nothing is written and nothing deleted. */
import { once } from "node:events";
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { loadConfig } from "@/lib/server/config/load";
import { cleanUp } from "@/lib/server/recordings/clean-up";
import { createRecording, deleteRecording } from "@/lib/server/recordings/lifecycle";
import { endInterrupted } from "@/lib/server/recordings/upkeep";
import { openServices, type Services } from "@/lib/server/services";
import { DATABASES, type TestDatabases } from "@/tests/support/databases";
import { run } from "@/tests/support/processes";
import { startTestServer } from "@/tests/support/server";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";

describe.each(DATABASES)("the folder of an installation on $database", ({ start }) => {
  let databases: TestDatabases;
  let services: TestServices;
  let owner: { userId: string };
  let count = 0;

  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    count += 1;
    services = await openTestServices({ DATABASE_URL: await databases.create(`installation${count}`) });
    owner = await addUser(services);
    return () => services.dispose();
  });

  const create = () => createRecording(services, owner, { tracks: [] });
  const markFile = () => path.join(services.folder.root, ".tapedeck.json");
  const mark = async () => JSON.parse(await readFile(markFile(), "utf8"));
  /** Another process of the same installation. */
  const openAgain = async (change: Record<string, string> = {}): Promise<Services> =>
    openServices("test", loadConfig({ ...services.environment, ...change }));
  const aside = () => `${services.folder.root}-aside`;

  it("is marked at the first start with the id that the database has, once for all processes", async () => {
    const others = await Promise.all([openAgain(), openAgain(), openAgain()]);
    for (const other of others) await other.close();
    const ids = await services.database.installation.findMany();
    expect(ids).toHaveLength(1);
    expect(await mark()).toEqual({ installation: ids[0]?.id });
    expect(await readdir(services.folder.root)).toEqual([".tapedeck.json"]);
  });

  it("gets one id, whoever comes first", async () => {
    const DATABASE_URL = await databases.create(`race${count}`);
    const started = await Promise.all(
      [1, 2, 3].map(() => openAgain({ DATABASE_URL, RECORDINGS_DIR: `${services.folder.root}-race` })),
    );
    expect(await (started[0] as Services).database.installation.count()).toBe(1);
    for (const other of started) {
      await other.folder.confirm();
      await other.close();
    }
  });

  it("is refused when it is empty or not there, and nothing is made in it", async () => {
    await create();
    await rename(services.folder.root, aside());
    await expect(openAgain()).rejects.toThrow(/has none of the 1 recordings that the database knows.*not mounted/);
    await expect(access(services.folder.root)).rejects.toMatchObject({ code: "ENOENT" });
    await mkdir(services.folder.root);
    await expect(openAgain()).rejects.toThrow(/not mounted/);
    expect(await readdir(services.folder.root)).toEqual([]);
  });

  it("is refused when it is that of another installation", async () => {
    await create();
    const other = await openAgain({
      DATABASE_URL: await databases.create(`other${count}`),
      RECORDINGS_DIR: aside(),
    });
    await other.close();
    const before = await readdir(aside());
    await expect(openAgain({ RECORDINGS_DIR: aside() })).rejects.toThrow(/belongs to another installation/);
    expect(await readdir(aside())).toEqual(before);
  });

  it("is refused when it holds recordings that the database does not know", async () => {
    await create();
    await rm(markFile());
    const DATABASE_URL = await databases.create(`empty${count}`);
    await expect(openAgain({ DATABASE_URL })).rejects.toThrow(/holds 1 recordings, and the database knows none/);
    expect(await readdir(services.folder.root)).toHaveLength(1);
  });

  it("of an earlier version, with recordings and no mark, gets one", async () => {
    await create();
    const before = await mark();
    await rm(markFile());
    await (await openAgain()).close();
    expect(await mark()).toEqual(before);
  });

  it("that goes away while it is in use loses nothing: no recording begins, ends or is deleted", async () => {
    const id = await create();
    const longAgo = new Date(0);
    const old = await create();
    await services.database.recording.update({ where: { id: old }, data: { state: "failed", stoppedAt: longAgo } });
    await services.database.recording.update({ where: { id }, data: { lastByteAt: longAgo } });
    await rename(services.folder.root, aside());
    const missing = { kind: "unavailable", code: "recordings_missing" };
    for (const isThere of [false, true]) {
      if (isThere) await mkdir(services.folder.root);
      await expect(create()).rejects.toMatchObject(missing);
      await expect(deleteRecording(services, owner, id)).rejects.toMatchObject(missing);
      await expect(cleanUp(services)).rejects.toMatchObject(missing);
      await expect(endInterrupted(services)).rejects.toMatchObject(missing);
    }
    expect(await readdir(services.folder.root)).toEqual([]);
    expect(await services.database.recording.count({ where: { deletedAt: null } })).toBe(2);
    await rm(services.folder.root, { recursive: true });
    await rename(aside(), services.folder.root);
    expect(await cleanUp(services)).toMatchObject({ recordings: 1 });
    expect(await services.folder.list()).toEqual([id]);
  });
});

it("a server whose folder goes away is not ready, takes no new recording, and is ready again with it", async () => {
  const server = await startTestServer();
  try {
    const { root } = server.services.folder;
    await rename(root, `${root}-aside`);
    await mkdir(root);
    expect(await server.ask("POST", "/api/v1/recordings", {})).toMatchObject({
      status: 503,
      body: { code: "recordings_missing" },
    });
    const ready = await server.ask("GET", "/api/ready", undefined, null);
    expect(ready).toMatchObject({ status: 503, body: { checks: { database: true, storage: false } } });
    expect(await readdir(root)).toEqual([]);
    await rm(root, { recursive: true });
    await rename(`${root}-aside`, root);
    expect((await server.ask("GET", "/api/ready", undefined, null)).status).toBe(200);
    expect((await server.ask("POST", "/api/v1/recordings", {})).status).toBe(201);
  } finally {
    await server.stop();
  }
});

it("a process that finds the wrong folder ends with the code for settings that do not work", async () => {
  const services = await openTestServices();
  try {
    await writeFile(path.join(services.folder.root, ".tapedeck.json"), '{"installation":"another"}\n');
    const program = run(process.execPath, [inject("workerFile")], { env: { ...process.env, ...services.environment } });
    const [code] = await once(program.child, "exit");
    expect(program.output()).toMatch(/RECORDINGS_DIR: .* belongs to another installation/);
    expect(code).toBe(78);
  } finally {
    await services.dispose();
  }
});
