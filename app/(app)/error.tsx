"use client";
/** A signed-in page that failed; the frame around it still works. */
export { PageError as default } from "@/components/shell/page-error";
