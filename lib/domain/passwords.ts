/** What a password must be. */

/** NIST SP 800-63B asks for eight at least; argon2id and a rate limit stand behind it. */
export const MIN_PASSWORD_LENGTH = 10;

/** Of a link to one recording: told by voice or message, and guarded by the rate limit and the link's own secret. */
export const MIN_SHARE_PASSWORD_LENGTH = 6;
