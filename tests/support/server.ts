/** The real server, without pages, in this process, with a user who has an API token. */

import { createToken } from "@/lib/server/users/api-tokens";
import { type RunningServer, startServer } from "@/server/server";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";

export interface TestServer {
  services: TestServices;
  server: RunningServer;
  url: string;
  userId: string;
  token: string;
  /** Asks the API as the user, or as somebody else; @returns status, headers and the parsed body */
  ask(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>;
  /** Another user. */
  addUser(): Promise<{ userId: string; token: string }>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  body: any;
}

export async function startTestServer(environment: Record<string, string> = {}): Promise<TestServer> {
  const services = await openTestServices({ PORT: "0", ...environment });
  const server = await startServer(services, null);
  const another = async () => {
    const { userId } = await addUser(services);
    const { token } = await createToken(services, userId, "test");
    return { userId, token };
  };
  const own = await another();
  return {
    services,
    server,
    url: server.url,
    ...own,
    addUser: another,
    async ask(method, path, body, token = own.token) {
      const response = await fetch(`${server.url}${path}`, {
        method,
        redirect: "manual",
        headers: {
          // A test that keeps this process busy for seconds would come back to a connection that the server has closed.
          connection: "close",
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") ?? false;
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    async stop() {
      await server.close();
      await services.dispose();
    },
  };
}
