/** What the API says of share links, and of a recording to those who came by one. */
import { z } from "zod";
import { cleanTitle } from "@/lib/domain/names";
import { MIN_SHARE_PASSWORD_LENGTH } from "@/lib/domain/passwords";
import { recordingResource } from "@/lib/protocol/recordings";

const instant = z.iso.datetime();

export const createShareRequest = z
  .object({
    name: z
      .string()
      .max(1000)
      .transform(cleanTitle)
      .refine((text) => text.length <= 100, { error: "must have at most 100 characters" })
      .default("")
      .meta({ description: "whom it is for, to tell links apart" }),
    password: z
      .string()
      .min(MIN_SHARE_PASSWORD_LENGTH, { error: `must have at least ${MIN_SHARE_PASSWORD_LENGTH} characters` })
      .max(200, { error: "must have at most 200 characters" })
      .optional(),
    validHours: z.int().min(1).max(87_600).nullable().default(null).meta({ description: "null: until it is revoked" }),
    mayDownload: z.boolean().default(false),
  })
  .meta({ id: "CreateShare" });
export type CreateShareRequest = z.infer<typeof createShareRequest>;

export const shareResource = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().meta({ description: "the last four characters of the link" }),
    hasPassword: z.boolean(),
    mayDownload: z.boolean(),
    createdAt: instant,
    expiresAt: instant.nullable(),
    openedAt: instant.nullable().meta({ description: "the last time, to about a minute" }),
  })
  .meta({ id: "Share" });
export type ShareResource = z.infer<typeof shareResource>;

/** The link's secret is in this answer only. */
export const createdShare = shareResource
  .extend({
    token: z.string().meta({ description: "for the query parameter `share` of requests" }),
    path: z.string().meta({ description: "of the page to watch it on" }),
  })
  .meta({ id: "CreatedShare" });
export type CreatedShare = z.infer<typeof createdShare>;

export const unlockShareRequest = z
  .object({ share: z.string().max(200), password: z.string().max(200) })
  .meta({ id: "UnlockShare" });

/** Everything but what concerns the owner alone; its addresses carry the link's token. */
export const sharedRecording = recordingResource
  .pick({
    id: true,
    title: true,
    state: true,
    live: true,
    createdAt: true,
    durationMs: true,
    width: true,
    height: true,
    progress: true,
    downloadUrl: true,
    thumbnailUrl: true,
    liveUrl: true,
    takes: true,
    outputs: true,
    gaps: true,
  })
  .extend({ mayDownload: z.boolean() })
  .meta({ id: "SharedRecording" });
export type SharedRecording = z.infer<typeof sharedRecording>;
