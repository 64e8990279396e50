/** Accounts on both databases: set-up once, signing in, invitations once. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authenticate } from "@/lib/server/auth/authenticate";
import {
  acceptInvitation,
  changeMe,
  changeUser,
  createInvitation,
  createUser,
  findInvitation,
  needsSetup,
  setUp,
  setUpFromSettings,
  signIn,
} from "@/lib/server/users/accounts";
import { createToken, revokeToken } from "@/lib/server/users/api-tokens";
import { DATABASES, type TestDatabases } from "@/tests/support/databases";
import { connected } from "@/tests/support/redis";
import { openTestServices, type TestServices } from "@/tests/support/services";

const PASSWORD = "correct horse battery";
const ADMIN = { email: "admin@example.org", name: "Admin", password: PASSWORD };
/** Tries from one address on whatever account. */
const ALLOWED_TRIES_OF_ADDRESS = 50;
/** Tries on one account from one address, as lib/server/auth/rate-limit allows them. */
const ALLOWED_TRIES = 10;

describe.each(DATABASES)("accounts on $database", ({ start }) => {
  let databases: TestDatabases;
  let services: TestServices;

  beforeAll(async () => {
    databases = await start();
    services = await openTestServices({ DATABASE_URL: await databases.create("accounts") });
    await connected(services.redis);
  });
  afterAll(async () => {
    await services.dispose();
    await databases.stop();
  });
  beforeEach(async () => {
    await services.database.user.deleteMany({});
    await services.redis.flushall();
  });

  const setUpAdmin = async () => {
    const { id } = await setUp(services, ADMIN);
    return { userId: id, role: "admin", via: "session" } as const;
  };

  describe("set-up", () => {
    it("makes the administrator, once", async () => {
      expect(await needsSetup(services)).toBe(true);
      expect(await setUp(services, ADMIN)).toMatchObject({ email: ADMIN.email, role: "admin" });
      expect(await needsSetup(services)).toBe(false);
      await expect(setUp(services, { ...ADMIN, email: "second@example.org" })).rejects.toMatchObject({
        kind: "conflict",
        code: "already_set_up",
      });
    });

    it("makes one administrator of two at the same instant", async () => {
      const results = await Promise.allSettled(
        ["one", "two"].map((name) => setUp(services, { ...ADMIN, email: `${name}@example.org` })),
      );
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "already_set_up" } });
      expect(await services.database.user.count()).toBe(1);
    });

    it("takes the administrator from the settings while there is no user", async () => {
      const named = {
        ...services,
        config: { ...services.config, ADMIN_EMAIL: "Boss@Example.org", ADMIN_PASSWORD: PASSWORD },
      };
      await Promise.all([setUpFromSettings(named), setUpFromSettings(named)]);
      await setUpFromSettings({ ...named, config: { ...named.config, ADMIN_EMAIL: "other@example.org" } });
      expect(await services.database.user.findMany()).toMatchObject([{ email: "boss@example.org", role: "admin" }]);
    });
  });

  describe("signing in", () => {
    it("takes the right password, whatever the case of the address, and no other", async () => {
      const { userId } = await setUpAdmin();
      expect(await signIn(services, { email: " Admin@Example.ORG ", password: PASSWORD }, "10.0.0.1")).toMatchObject({
        id: userId,
      });
      expect(await signIn(services, { email: ADMIN.email, password: `${PASSWORD} ` }, "10.0.0.1")).toBeNull();
      expect(await signIn(services, { email: "nobody@example.org", password: PASSWORD }, "10.0.0.1")).toBeNull();
    });

    it("is not for a disabled account, and enabling it again does not bring its sessions back", async () => {
      await setUpAdmin();
      const member = await createUser(services, { ...ADMIN, email: "member@example.org", role: "member" });
      const { sessionEpoch } = await services.database.user.findUniqueOrThrow({ where: { id: member.id } });
      await changeUser(services, member.id, { disabled: true });
      expect(await signIn(services, { email: member.email, password: PASSWORD }, "10.0.0.2")).toBeNull();
      await changeUser(services, member.id, { disabled: false });
      const again = await signIn(services, { email: member.email, password: PASSWORD }, "10.0.0.2");
      expect(again?.sessionEpoch).toBeGreaterThan(sessionEpoch);
    });

    it("is refused for a while after too many tries, also with the right password, and only from there", async () => {
      await setUpAdmin();
      const attempt = (password: string, address: string) =>
        signIn(services, { email: ADMIN.email, password }, address);
      for (let tries = 0; tries < ALLOWED_TRIES; tries += 1) expect(await attempt("wrong", "10.0.0.3")).toBeNull();
      await expect(attempt(PASSWORD, "10.0.0.3")).rejects.toMatchObject({
        kind: "rate_limited",
        code: "too_many_tries",
      });
      expect(await attempt(PASSWORD, "10.0.0.4")).not.toBeNull();
    });

    it("forgets the wrong tries after a right one", async () => {
      await setUpAdmin();
      const attempt = (password: string) => signIn(services, { email: ADMIN.email, password }, "10.0.0.5");
      for (let round = 0; round < 2; round += 1) {
        for (let tries = 1; tries < ALLOWED_TRIES; tries += 1) expect(await attempt("wrong")).toBeNull();
        expect(await attempt(PASSWORD)).not.toBeNull();
      }
    });

    it("does not count right passwords: a whole office may sign in from one address", async () => {
      await setUpAdmin();
      for (let time = 0; time <= ALLOWED_TRIES_OF_ADDRESS; time += 1) {
        expect(await signIn(services, { email: ADMIN.email, password: PASSWORD }, "10.0.0.6")).not.toBeNull();
      }
    });
  });

  describe("an invitation", () => {
    const tokenOf = ({ path }: { path: string }) => path.replace("/invite/", "");
    const guest = (token: string, email = "guest@example.org") => ({ token, email, name: "Guest", password: PASSWORD });

    it("makes one account, of two at the same instant", async () => {
      const admin = await setUpAdmin();
      const token = tokenOf(await createInvitation(services, admin, { role: "member", validHours: 1 }));
      expect(await findInvitation(services, token)).not.toBeNull();
      const results = await Promise.allSettled([
        acceptInvitation(services, guest(token, "one@example.org")),
        acceptInvitation(services, guest(token, "two@example.org")),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await services.database.user.count({ where: { role: "member" } })).toBe(1);
      expect(await findInvitation(services, token)).toBeNull();
    });

    it("can still be used after an address that was taken", async () => {
      const admin = await setUpAdmin();
      const token = tokenOf(await createInvitation(services, admin, { role: "member", validHours: 1 }));
      await expect(acceptInvitation(services, guest(token, ADMIN.email))).rejects.toMatchObject({
        code: "email_taken",
      });
      expect(await acceptInvitation(services, guest(token))).toMatchObject({ role: "member" });
    });

    it("is for its address only, and not for ever", async () => {
      const admin = await setUpAdmin();
      const request = { email: "guest@example.org", role: "member", validHours: 1 } as const;
      const invitation = await createInvitation(services, admin, request);
      const token = tokenOf(invitation);
      await expect(acceptInvitation(services, guest(token, "else@example.org"))).rejects.toMatchObject({
        code: "wrong_email",
      });
      await services.database.invitation.update({ where: { id: invitation.id }, data: { expiresAt: new Date(0) } });
      await expect(acceptInvitation(services, guest(token))).rejects.toMatchObject({ code: "invitation_not_found" });
      await expect(acceptInvitation(services, guest("tdi_guess"))).rejects.toMatchObject({
        code: "invitation_not_found",
      });
    });
  });

  it("always leaves one administrator", async () => {
    const { userId } = await setUpAdmin();
    await expect(changeUser(services, userId, { role: "member" })).rejects.toMatchObject({
      code: "last_administrator",
    });
    await expect(changeUser(services, userId, { disabled: true })).rejects.toMatchObject({
      code: "last_administrator",
    });
    await expect(changeUser(services, randomUUID(), { disabled: false })).rejects.toMatchObject({ kind: "not_found" });
  });

  it("changes a password only for who knows the current one", async () => {
    const admin = await setUpAdmin();
    const change = (current: string) => changeMe(services, admin, { password: { current, next: "another long one" } });
    await expect(change("wrong")).rejects.toMatchObject({ code: "wrong_password" });
    await change(PASSWORD);
    expect(await signIn(services, { email: ADMIN.email, password: PASSWORD }, "10.0.0.6")).toBeNull();
    expect(await signIn(services, { email: ADMIN.email, password: "another long one" }, "10.0.0.6")).not.toBeNull();
  });

  it("lets an API token in until it is revoked or its owner disabled", async () => {
    const { userId } = await setUpAdmin();
    const member = await createUser(services, { ...ADMIN, email: "member@example.org", role: "member" });
    const bearer = (token: string) => authenticate(services, { authorization: `Bearer ${token}` });
    const first = await createToken(services, userId, "first");
    const second = await createToken(services, member.id, "second");
    expect(await bearer(first.token)).toMatchObject({ userId, role: "admin", via: "token" });
    expect(await bearer(second.token)).toMatchObject({ userId: member.id });
    expect(await bearer(`${first.token}x`)).toBeNull();
    await expect(revokeToken(services, member.id, first.id)).rejects.toMatchObject({ kind: "not_found" });
    await revokeToken(services, userId, first.id);
    expect(await bearer(first.token)).toBeNull();
    await changeUser(services, member.id, { disabled: true });
    expect(await bearer(second.token)).toBeNull();
  });
});
