/** What a password must be. */

/** NIST SP 800-63B asks for eight at least; argon2id and a rate limit stand behind it. */
export const MIN_PASSWORD_LENGTH = 10;
