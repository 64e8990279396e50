"use client";
/** Signs in with a password, through next-auth. */
import { signIn } from "next-auth/react";
import { AppError } from "@/lib/domain/errors";

/**
 * @throws {AppError} unauthenticated with the code of the sign-in page's messages; unavailable when no answer came
 */
export async function startSession(email: string, password: string): Promise<void> {
  const result = await signIn("credentials", { email, password, redirect: false }).catch(() => undefined);
  if (result?.ok) return;
  const code = result?.error ?? "unreachable";
  throw new AppError("unauthenticated", code, signInProblem(code));
}

/**
 * What to say of a sign-in that did not work.
 *
 * @param code next-auth's own, or one of our AppErrors
 */
export function signInProblem(code: string): string {
  switch (code) {
    case "CredentialsSignin":
      return "The email address and the password do not belong together.";
    case "too_many_tries":
      return "Too many tries. Wait a few minutes and try again.";
    case "AccessDenied":
      return "There is no account here for that address. Ask an administrator to invite you.";
    case "unreachable":
      return "The server cannot be reached. Check your connection.";
    case "SessionRequired":
      return "Sign in to go on.";
    default:
      return "Signing in did not work. Try again.";
  }
}
