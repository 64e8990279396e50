/** What the API says of users, invitations, tokens and set-up. */
import { z } from "zod";
import { compileSettingsSchema } from "@/lib/domain/compile-settings";
import { cleanTitle } from "@/lib/domain/names";
import { MIN_PASSWORD_LENGTH } from "@/lib/domain/passwords";

export const ROLES = ["admin", "member"] as const;
export type Role = (typeof ROLES)[number];

const instant = z.iso.datetime();
const email = z
  .string()
  .trim()
  .max(254)
  .toLowerCase()
  .pipe(z.email({ error: "must be an email address" }));
const name = z
  .string()
  .max(1000)
  .transform(cleanTitle)
  .refine((text) => text.length >= 1 && text.length <= 100, { error: "must have 1 to 100 characters" });
/** NIST SP 800-63B §5.1.1.2: length is what counts, no rules of composition, at least 64 characters allowed. */
const password = z
  .string()
  .min(MIN_PASSWORD_LENGTH, { error: `must have at least ${MIN_PASSWORD_LENGTH} characters` })
  .max(200, { error: "must have at most 200 characters" });

export const setupRequest = z.object({ email, name, password }).meta({ id: "Setup" });
export type SetupRequest = z.infer<typeof setupRequest>;

export const userResource = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    quotaBytes: z.int().nullable().meta({ description: "bytes; null: the installation's default, 0: no limit" }),
    usedBytes: z.int(),
    createdAt: instant,
    disabledAt: instant.nullable(),
  })
  .meta({ id: "User" });
export type UserResource = z.infer<typeof userResource>;

export const meResource = userResource
  .extend({
    autoCompile: z.boolean(),
    compileSettings: compileSettingsSchema,
    retentionHours: z.int().nullable(),
    hasPassword: z.boolean(),
    /** What the quota comes to, with the installation's default applied; null: no limit. */
    limitBytes: z.int().nullable(),
  })
  .meta({ id: "Me" });
export type MeResource = z.infer<typeof meResource>;

export const changeMeRequest = z
  .object({
    name: name.optional(),
    autoCompile: z.boolean().optional(),
    compileSettings: compileSettingsSchema.optional(),
    retentionHours: z.int().min(0).max(876_000).nullable().optional(),
    /** Signs every other session out. */
    password: z.object({ current: z.string().max(200), next: password }).optional(),
  })
  .meta({ id: "ChangeMe" });
export type ChangeMeRequest = z.infer<typeof changeMeRequest>;

export const createUserRequest = z
  .object({ email, name, password, role: z.enum(ROLES).default("member") })
  .meta({ id: "CreateUser" });
export type CreateUserRequest = z.infer<typeof createUserRequest>;

export const changeUserRequest = z
  .object({
    role: z.enum(ROLES).optional(),
    disabled: z.boolean().optional(),
    quotaBytes: z.int().min(0).nullable().optional(),
  })
  .meta({ id: "ChangeUser" });
export type ChangeUserRequest = z.infer<typeof changeUserRequest>;

export const createInvitationRequest = z
  .object({
    email: email.optional(),
    role: z.enum(ROLES).default("member"),
    validHours: z.int().min(1).max(720).default(72),
  })
  .meta({ id: "CreateInvitation" });
export type CreateInvitationRequest = z.infer<typeof createInvitationRequest>;

export const invitationResource = z
  .object({
    id: z.string(),
    email: z.string().nullable(),
    role: z.enum(ROLES),
    createdAt: instant,
    expiresAt: instant,
    usedAt: instant.nullable(),
  })
  .meta({ id: "Invitation" });
export type InvitationResource = z.infer<typeof invitationResource>;

/** The link's secret is in this answer only. */
export const createdInvitation = invitationResource.extend({ path: z.string() }).meta({ id: "CreatedInvitation" });

export const acceptInvitationRequest = z
  .object({ token: z.string().max(200), email, name, password })
  .meta({ id: "AcceptInvitation" });
export type AcceptInvitationRequest = z.infer<typeof acceptInvitationRequest>;

export const tokenResource = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().meta({ description: "the last four characters" }),
    createdAt: instant,
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: "ApiToken" });
export type TokenResource = z.infer<typeof tokenResource>;

export const createTokenRequest = z.object({ name }).meta({ id: "CreateApiToken" });

/** The token itself is in this answer only. */
export const createdToken = tokenResource.extend({ token: z.string() }).meta({ id: "CreatedApiToken" });
