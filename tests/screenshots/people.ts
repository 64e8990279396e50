/** Who is in the pictures, and the titles by which recordings are found again. */
export const ADMIN = { email: "ada@example.org", name: "Ada Berg", password: "a long tape of words" };
/** Has recorded nothing yet. */
export const NEWCOMER = { email: "noor@example.org", name: "Noor Visser", password: "another tape of words" };

export const FEATURED = "Spring review: fewer steps, twice the finishes";
export const LIVE = "Standup, Friday";
export const COMPILING = "Walkthrough of the new writer";
export const FAILED = "Last light over the ridge";
export const UNCOMPILED = "Weekly call, week 46";
