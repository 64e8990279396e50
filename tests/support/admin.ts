/** The administrator that the settings of a test's product make. */
export const ADMIN = { email: "admin@example.org", password: "correct horse battery" } as const;
