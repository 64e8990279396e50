"use client";
/** Short news at the edge of the page. `toast` is sonner's own. */
import { toast } from "sonner";
import { sentenceOf } from "@/components/ui/problem";

export { toast };

/** Says what went wrong. @param thrown whatever was thrown */
export function toastProblem(thrown: unknown): void {
  toast.error(sentenceOf(thrown));
}
