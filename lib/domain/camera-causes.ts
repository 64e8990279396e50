/** Why a camera is not recorded, or why a segment does not go on from the one before: codes, and what they mean in words. */

export const CAMERA_CAUSES = {
  refused: "The camera refuses the connection.",
  no_route: "There is no way to the camera's network.",
  unreachable: "The camera does not answer.",
  name_unknown: "The camera's name is not known.",
  address_forbidden: "The address may not be reached from here.",
  wrong_password: "Wrong password.",
  not_permitted: "The camera does not permit it.",
  no_stream: "The camera has no such stream.",
  redirected: "The camera sends its visitors elsewhere.",
  tls_failed: "The secure connection failed.",
  camera_failed: "The camera answered with an error.",
  unsupported: "What the camera sends cannot be recorded.",
  closed: "The camera ended the connection.",
  no_picture: "No picture came.",
  garbage: "What the camera sent cannot be read.",
  time_jump: "The camera's clock jumped.",
  clock_changed: "The clock of the recorder was changed.",
  codec_changed: "The camera changed its picture or sound.",
  disk_full: "The disk of the recorder was full.",
  disk_failed: "The disk of the recorder did not take it.",
  worker_lost: "The recorder ended unexpectedly.",
  worker_stopped: "The recorder was stopped and started again.",
  settings_changed: "The settings were changed.",
  internal: "Something went wrong in the recorder.",
} as const;

export type CameraCause = keyof typeof CAMERA_CAUSES;

export const CAMERA_CAUSE_CODES = Object.keys(CAMERA_CAUSES) as [CameraCause, ...CameraCause[]];

/** @returns `internal` for a code of another version */
export function cameraCause(code: string): CameraCause {
  return code in CAMERA_CAUSES ? (code as CameraCause) : "internal";
}

/** Why a camera cannot be recorded now. The words are for the user, and may say more than the table. */
export class CameraFailure extends Error {
  override readonly name = "CameraFailure";
  readonly code: CameraCause;
  /** For the log. */
  readonly detail: string | undefined;

  constructor(code: CameraCause, words: string = CAMERA_CAUSES[code], detail?: string) {
    super(words);
    this.code = code;
    this.detail = detail;
  }
}
