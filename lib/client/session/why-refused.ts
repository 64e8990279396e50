/** Asks over HTTP what browsers do not tell of sockets that were refused. */
import { api } from "@/lib/client/api";
import { AppError } from "@/lib/domain/errors";

/** @returns null when the server answers as usual */
export async function whyRefused(recordingId: string): Promise<AppError | null> {
  try {
    await api.get(`/recordings/${recordingId}`);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) return null;
    if (error.kind !== "unauthenticated") return error;
    return new AppError(
      "unauthenticated",
      "signed_out",
      "You have been signed out. Sign in again in another tab, then try again here: nothing that was recorded is lost.",
    );
  }
}
