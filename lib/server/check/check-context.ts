/** What a check needs, which is less than a process of Tapedeck: no Redis, and nothing that is running. */
import type { Services } from "@/lib/server/services";

export interface CheckContext extends Pick<Services, "database" | "folder"> {
  config: Pick<Services["config"], "INTERRUPTED_TIMEOUT_MINUTES" | "COMPILE_TIMEOUT_MINUTES">;
}
