/** Users: the first administrator, signing in, invitations, and what an administrator may change. */
import { randomUUID } from "node:crypto";
import { type CompileSettings, compileSettingsSchema } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import type {
  AcceptInvitationRequest,
  ChangeMeRequest,
  ChangeUserRequest,
  CreateInvitationRequest,
  CreateUserRequest,
  InvitationResource,
  MeResource,
  Role,
  SetupRequest,
  UserResource,
} from "@/lib/protocol/accounts";
import type { Principal } from "@/lib/server/auth/authenticate";
import { hashPassword, verifyPassword } from "@/lib/server/auth/passwords";
import { countTry, forgetTries, takeTryBack } from "@/lib/server/auth/rate-limit";
import { hashSecret, makeSecret } from "@/lib/server/auth/secrets";
import { cameraBytes } from "@/lib/server/cameras/stored-bytes";
import type { Config } from "@/lib/server/config/load";
import { type Invitation, isUniqueViolation, type User } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

/** The id of the first user is fixed, so that of two set-ups at the same instant one fails. */
const FIRST_USER_ID = "00000000-0000-4000-8000-000000000001";

export async function needsSetup({ database }: Services): Promise<boolean> {
  return (await database.user.findFirst({ select: { id: true } })) === null;
}

/** Makes the administrator. @throws {AppError} conflict when there is a user already */
export async function setUp(services: Services, request: SetupRequest): Promise<User> {
  const alreadyDone = new AppError("conflict", "already_set_up", "Tapedeck is set up already. Sign in instead.");
  if (!(await needsSetup(services))) throw alreadyDone;
  try {
    return await services.database.user.create({
      data: {
        id: FIRST_USER_ID,
        email: request.email,
        name: request.name,
        passwordHash: await hashPassword(request.password),
        role: "admin",
      },
    });
  } catch (error) {
    throw isUniqueViolation(error) ? alreadyDone : error;
  }
}

/** Makes the administrator that the settings name, while there is no user. */
export async function setUpFromSettings(services: Services): Promise<void> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = services.config;
  if (email === "" || !(await needsSetup(services))) return;
  await setUp(services, { email: email.toLowerCase(), password, name: email.split("@")[0] as string }).catch(
    (error) => {
      if (!(error instanceof AppError && error.kind === "conflict")) throw error;
    },
  );
}

/**
 * Checks an address and a password.
 *
 * @param address network address of who is asking
 * @returns null when they do not belong together or the account is disabled; the two are not told apart
 * @throws {AppError} rate_limited
 */
export async function signIn(
  services: Services,
  credentials: { email: string; password: string },
  address: string,
): Promise<User | null> {
  const email = credentials.email.trim().toLowerCase().slice(0, 254);
  const account = `${email}|${address}`;
  await countTry(services, "signInAddress", address);
  await countTry(services, "signInAccount", account);
  const user = await services.database.user.findUnique({ where: { email } });
  const isRight = await verifyPassword(user?.passwordHash ?? null, credentials.password);
  if (!isRight || user === null || user.disabledAt !== null) return null;
  await forgetTries(services, "signInAccount", account);
  await takeTryBack(services, "signInAddress", address);
  return user;
}

export async function listUsers(services: Services): Promise<UserResource[]> {
  const users = await services.database.user.findMany({ orderBy: { createdAt: "asc" } });
  const used = await services.database.recording.groupBy({ by: ["ownerId"], _sum: { sizeBytes: true } });
  const usedBy = new Map(used.map((row) => [row.ownerId, Number(row._sum.sizeBytes ?? 0)]));
  return users.map((user) => describeUser(user, usedBy.get(user.id) ?? 0));
}

/** @throws {AppError} conflict when the address is taken */
export async function createUser(services: Services, request: CreateUserRequest): Promise<UserResource> {
  return describeUser(await insertUser(services, request), 0);
}

/** @throws {AppError} not_found, or conflict when it would leave no administrator */
export async function changeUser(
  services: Services,
  userId: string,
  { role, disabled, quotaBytes }: ChangeUserRequest,
): Promise<UserResource> {
  const { database } = services;
  if (role === "member" || disabled === true) {
    const others = await database.user.count({ where: { role: "admin", disabledAt: null, id: { not: userId } } });
    if (others === 0) throw new AppError("conflict", "last_administrator", "There must be one administrator.");
  }
  const { count } = await database.user.updateMany({
    where: { id: userId },
    data: {
      ...(role === undefined ? {} : { role }),
      ...(quotaBytes === undefined ? {} : { quotaBytes: quotaBytes === null ? null : BigInt(quotaBytes) }),
      // A new epoch ends every session the user has.
      ...(disabled === undefined ? {} : { disabledAt: disabled ? new Date() : null, sessionEpoch: { increment: 1 } }),
    },
  });
  if (count === 0) throw new AppError("not_found", "user_not_found", "There is no such user.");
  const user = await database.user.findUniqueOrThrow({ where: { id: userId } });
  return describeUser(user, await usedBytes(services, userId));
}

export async function createInvitation(
  services: Services,
  principal: Principal,
  request: CreateInvitationRequest,
): Promise<InvitationResource & { path: string }> {
  const { secret, hash } = makeSecret("tdi");
  const invitation = await services.database.invitation.create({
    data: {
      id: randomUUID(),
      tokenHash: hash,
      email: request.email ?? null,
      role: request.role,
      createdById: principal.userId,
      expiresAt: new Date(Date.now() + request.validHours * 3_600_000),
    },
  });
  return { ...describeInvitation(invitation), path: `/invite/${secret}` };
}

export async function listInvitations({ database }: Services): Promise<InvitationResource[]> {
  return (await database.invitation.findMany({ orderBy: { createdAt: "desc" } })).map(describeInvitation);
}

export async function revokeInvitation({ database }: Services, invitationId: string): Promise<void> {
  const { count } = await database.invitation.deleteMany({ where: { id: invitationId } });
  if (count === 0) throw new AppError("not_found", "invitation_not_found", "There is no such invitation.");
}

/** The invitation behind a link that can still be used. @returns null when it cannot */
export async function findInvitation({ database }: Services, secret: string): Promise<InvitationResource | null> {
  const invitation = await database.invitation.findUnique({ where: { tokenHash: hashSecret(secret) } });
  return invitation === null || !isUsable(invitation) ? null : describeInvitation(invitation);
}

/** Makes the account an invitation allows, once. @throws {AppError} not_found, invalid or conflict */
export async function acceptInvitation(services: Services, request: AcceptInvitationRequest): Promise<UserResource> {
  const { database } = services;
  const gone = new AppError("not_found", "invitation_not_found", "This invitation was used, withdrawn or has expired.");
  const invitation = await database.invitation.findUnique({ where: { tokenHash: hashSecret(request.token) } });
  if (invitation === null || !isUsable(invitation)) throw gone;
  if (invitation.email !== null && invitation.email !== request.email) {
    throw new AppError("invalid", "wrong_email", "This invitation is for another email address.");
  }
  const { count } = await database.invitation.updateMany({
    where: { id: invitation.id, usedAt: null },
    data: { usedAt: new Date() },
  });
  if (count === 0) throw gone;
  try {
    return describeUser(await insertUser(services, { ...request, role: invitation.role as Role }), 0);
  } catch (error) {
    await database.invitation.update({ where: { id: invitation.id }, data: { usedAt: null } });
    throw error;
  }
}

export async function describeMe(services: Services, principal: Principal): Promise<MeResource> {
  const user = await services.database.user.findUniqueOrThrow({ where: { id: principal.userId } });
  return {
    ...describeUser(user, await usedBytes(services, user.id)),
    autoCompile: user.autoCompile,
    compileSettings: compileSettingsOf(user.compileSettings, services.config),
    retentionHours: user.retentionHours,
    hasPassword: user.passwordHash !== null,
    limitBytes: limitBytes(user, services.config),
  };
}

/** @throws {AppError} invalid when the current password is wrong */
export async function changeMe(
  services: Services,
  principal: Principal,
  request: ChangeMeRequest,
): Promise<MeResource> {
  const { name, autoCompile, compileSettings, retentionHours, password } = request;
  let passwordHash: string | undefined;
  if (password !== undefined) {
    await countTry(services, "signInAccount", `change|${principal.userId}`);
    const user = await services.database.user.findUniqueOrThrow({ where: { id: principal.userId } });
    if (user.passwordHash !== null && !(await verifyPassword(user.passwordHash, password.current))) {
      throw new AppError("invalid", "wrong_password", "The current password is not right.");
    }
    passwordHash = await hashPassword(password.next);
  }
  await services.database.user.update({
    where: { id: principal.userId },
    data: {
      ...(name === undefined ? {} : { name }),
      ...(autoCompile === undefined ? {} : { autoCompile }),
      ...(compileSettings === undefined ? {} : { compileSettings: JSON.stringify(compileSettings) }),
      ...(retentionHours === undefined ? {} : { retentionHours }),
      ...(passwordHash === undefined ? {} : { passwordHash, sessionEpoch: { increment: 1 } }),
    },
  });
  return describeMe(services, principal);
}

/** Bytes of every file a user keeps, with what is reserved for cameras. */
export async function usedBytes(services: Services, userId: string): Promise<number> {
  const { database } = services;
  const sum = await database.recording.aggregate({ where: { ownerId: userId }, _sum: { sizeBytes: true } });
  return Number(sum._sum.sizeBytes ?? 0) + (await cameraBytes(services, userId));
}

/** @returns bytes the user may keep; null: no limit */
export function limitBytes(user: Pick<User, "quotaBytes">, config: Config): number | null {
  const quota = user.quotaBytes === null ? config.DEFAULT_QUOTA_BYTES : Number(user.quotaBytes);
  return quota === 0 ? null : quota;
}

/** Stored settings over the installation's defaults. @param stored JSON of a row, or null */
export function compileSettingsOf(stored: string | null, config: Config): CompileSettings {
  return compileSettingsSchema.parse({
    crf: config.COMPILE_CRF,
    preset: config.COMPILE_PRESET,
    audioBitrateBps: config.COMPILE_AUDIO_BITRATE_BPS,
    longestSidePx: config.COMPILE_LONGEST_SIDE_PX,
    videoCodec: config.COMPILE_CODEC,
    ...(stored === null ? {} : JSON.parse(stored)),
  });
}

async function insertUser(
  { database }: Services,
  request: { email: string; name: string; password: string; role: Role },
): Promise<User> {
  try {
    return await database.user.create({
      data: {
        id: randomUUID(),
        email: request.email,
        name: request.name,
        passwordHash: await hashPassword(request.password),
        role: request.role,
      },
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError("conflict", "email_taken", "There is an account with this email address already.");
  }
}

function isUsable(invitation: Invitation): boolean {
  return invitation.usedAt === null && invitation.expiresAt > new Date();
}

function describeUser(user: User, used: number): UserResource {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role as Role,
    quotaBytes: user.quotaBytes === null ? null : Number(user.quotaBytes),
    usedBytes: used,
    createdAt: user.createdAt.toISOString(),
    disabledAt: user.disabledAt?.toISOString() ?? null,
  };
}

function describeInvitation(invitation: Invitation): InvitationResource {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role as Role,
    createdAt: invitation.createdAt.toISOString(),
    expiresAt: invitation.expiresAt.toISOString(),
    usedAt: invitation.usedAt?.toISOString() ?? null,
  };
}
