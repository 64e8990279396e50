/**
 * Before the integration tests: makes one file each of the worker, and of a server without pages, which tests start and
 * kill. From the sources each start would compile and load a thousand modules, some three seconds of a core.
 */
import type { TestProject } from "vitest/node";
import { bundleProcess } from "@/tests/torture/support/process-bundle";

declare module "vitest" {
  interface ProvidedContext {
    workerFile: string;
    serverFile: string;
  }
}

export default async function bundleProcesses(project: TestProject) {
  const [worker, server] = await Promise.all([
    bundleProcess("worker"),
    bundleProcess("tests/integration/rtmp/server-process.ts"),
  ]);
  project.provide("workerFile", worker.file);
  project.provide("serverFile", server.file);
  return async () => {
    await worker.remove();
    await server.remove();
  };
}
