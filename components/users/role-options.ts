/** The roles, to choose from. */
import type { SelectOption } from "@/components/ui/select";
import type { Role } from "@/lib/protocol/accounts";

export const ROLE_OPTIONS: readonly (SelectOption & { value: Role })[] = [
  { value: "member", label: "Member: records and keeps their own" },
  { value: "admin", label: "Administrator: also manages users" },
];
