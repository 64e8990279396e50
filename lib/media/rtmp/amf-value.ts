/** What can be read of AMF, of both versions, and how much of it. */

/** Objects have no prototype; what nobody needs (dates, XML, references) is a number, text or null. */
export type AmfValue = number | boolean | string | null | undefined | AmfObject | AmfValue[];
export interface AmfObject {
  [key: string]: AmfValue;
}

/** Commands of encoders nest two deep and hold some thirty values. */
export const AMF_LIMITS = { depth: 16, values: 4096 } as const;
