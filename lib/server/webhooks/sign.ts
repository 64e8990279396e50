/** How a delivery says whom it is from: an HMAC over its time and its body, so that neither can be changed. */
import { createHmac } from "node:crypto";

export const SIGNATURE_HEADER = "Tapedeck-Signature";

/**
 * @param atSeconds since the epoch; a receiver refuses what is older than some minutes
 * @returns `t=SECONDS,v1=HEX`: HMAC-SHA256 (RFC 2104) of `SECONDS.BODY` with the webhook's secret
 */
export function signDelivery(secret: string, atSeconds: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");
  return `t=${atSeconds},v1=${mac}`;
}
