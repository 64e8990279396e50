/** `/api/v1/me`, users, invitations, tokens and set-up. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  acceptInvitationRequest,
  changeMeRequest,
  changeUserRequest,
  createdInvitation,
  createdToken,
  createInvitationRequest,
  createTokenRequest,
  createUserRequest,
  invitationResource,
  meResource,
  setupRequest,
  tokenResource,
  userResource,
} from "@/lib/protocol/accounts";
import { countTry } from "@/lib/server/auth/rate-limit";
import {
  acceptInvitation,
  changeMe,
  changeUser,
  createInvitation,
  createUser,
  describeMe,
  listInvitations,
  listUsers,
  revokeInvitation,
  setUp,
} from "@/lib/server/users/accounts";
import { createToken, listTokens, revokeToken } from "@/lib/server/users/api-tokens";
import { type Api, type ApiContext, administrator, body, failures, json, signedIn } from "@/server/http/api";
import { addressOf } from "@/server/http/request-facts";

const params = z.object({ id: z.string() });
const gone = { 204: { description: "It is gone" } } as const;

export function addAccounts(api: Api, context: ApiContext): void {
  addMe(api, context);
  addTokens(api, context);
  addUsers(api, context);
  addInvitations(api, context);
}

function addMe(api: Api, { services }: ApiContext): void {
  const tags = ["Account"];
  const middleware = signedIn;
  const me = { 200: { description: "Your account", content: json(meResource) }, ...failures };

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/setup",
      summary: "Make the first administrator",
      tags,
      security: [],
      request: { body: body(setupRequest) },
      responses: { 204: { description: "Done; sign in" }, ...failures },
    }),
    async (c) => {
      await countTry(services, "secretAddress", addressOf(c.env.incoming));
      await setUp(services, c.req.valid("json"));
      return c.body(null, 204);
    },
  );
  api.openapi(
    createRoute({ method: "get", path: "/api/v1/me", summary: "Your account", tags, middleware, responses: me }),
    async (c) => c.json(await describeMe(services, c.get("principal")), 200),
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/me",
      summary: "Change your account and recording defaults",
      tags,
      middleware,
      request: { body: body(changeMeRequest) },
      responses: me,
    }),
    async (c) => c.json(await changeMe(services, c.get("principal"), c.req.valid("json")), 200),
  );
}

function addTokens(api: Api, { services }: ApiContext): void {
  const tags = ["API tokens"];
  const middleware = signedIn;

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/me/tokens",
      summary: "List your API tokens",
      tags,
      middleware,
      responses: { 200: { description: "Tokens", content: json(z.array(tokenResource)) }, ...failures },
    }),
    async (c) => c.json(await listTokens(services, c.get("principal").userId), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/me/tokens",
      summary: "Make an API token",
      description: "The token is in this answer and nowhere else.",
      tags,
      middleware,
      request: { body: body(createTokenRequest) },
      responses: { 201: { description: "The token", content: json(createdToken) }, ...failures },
    }),
    async (c) => c.json(await createToken(services, c.get("principal").userId, c.req.valid("json").name), 201),
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/me/tokens/{id}",
      summary: "Revoke an API token",
      tags,
      middleware,
      request: { params },
      responses: { ...gone, ...failures },
    }),
    async (c) => {
      await revokeToken(services, c.get("principal").userId, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

function addUsers(api: Api, { services }: ApiContext): void {
  const tags = ["Users"];
  const middleware = administrator;

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/users",
      summary: "List users",
      tags,
      middleware,
      responses: { 200: { description: "Users", content: json(z.array(userResource)) }, ...failures },
    }),
    async (c) => c.json(await listUsers(services), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/users",
      summary: "Make a user",
      tags,
      middleware,
      request: { body: body(createUserRequest) },
      responses: { 201: { description: "The user", content: json(userResource) }, ...failures },
    }),
    async (c) => c.json(await createUser(services, c.req.valid("json")), 201),
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/users/{id}",
      summary: "Change a user's role or quota, or disable the account",
      tags,
      middleware,
      request: { params, body: body(changeUserRequest) },
      responses: { 200: { description: "The user", content: json(userResource) }, ...failures },
    }),
    async (c) => c.json(await changeUser(services, c.req.valid("param").id, c.req.valid("json")), 200),
  );
}

function addInvitations(api: Api, { services }: ApiContext): void {
  const tags = ["Invitations"];
  const middleware = administrator;

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/invitations",
      summary: "List invitations",
      tags,
      middleware,
      responses: { 200: { description: "Invitations", content: json(z.array(invitationResource)) }, ...failures },
    }),
    async (c) => c.json(await listInvitations(services), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/invitations",
      summary: "Make an invitation link",
      description: "The link's secret is in this answer and nowhere else.",
      tags,
      middleware,
      request: { body: body(createInvitationRequest) },
      responses: { 201: { description: "The invitation", content: json(createdInvitation) }, ...failures },
    }),
    async (c) => c.json(await createInvitation(services, c.get("principal"), c.req.valid("json")), 201),
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/invitations/{id}",
      summary: "Withdraw an invitation",
      tags,
      middleware,
      request: { params },
      responses: { ...gone, ...failures },
    }),
    async (c) => {
      await revokeInvitation(services, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/invitations/accept",
      summary: "Make the account an invitation allows",
      tags,
      security: [],
      request: { body: body(acceptInvitationRequest) },
      responses: { 201: { description: "The user; sign in", content: json(userResource) }, ...failures },
    }),
    async (c) => {
      await countTry(services, "secretAddress", addressOf(c.env.incoming));
      return c.json(await acceptInvitation(services, c.req.valid("json")), 201);
    },
  );
}
