/** Addresses with credentials in them: taken apart for keeping, and masked for answers and logs. */

const MASK = "***";
/** Query parameters that are credentials in all but name. */
const SECRET_PARAMETER = /^(pass(word|wd)?|pwd|token|key|api_?key|secret|auth|access_token|sig(nature)?)$/i;

/**
 * An address that may be shown: the password in it, and what looks like one in its query, is replaced by `***`.
 *
 * @param url rtsp, rtmp, http or any other with an authority; what is no address is masked as a whole
 */
export function maskUrl(url: string): string {
  const parts = splitUrl(url);
  if (parts === null) return MASK;
  const user = parts.userInfo === null ? "" : `${parts.userInfo.replace(/:.*$/s, `:${MASK}`)}@`;
  return `${parts.scheme}//${user}${parts.rest.replace(/\?[^#]*/, maskQuery)}`;
}

function maskQuery(query: string): string {
  return query.replace(/([?&])([^=&]*)=([^&]*)/g, (whole, before: string, name: string) =>
    SECRET_PARAMETER.test(name) ? `${before}${name}=${MASK}` : whole,
  );
}

export interface SplitCredentials {
  /** The address without them. */
  url: string;
  /** null: there are none */
  credentials: { username: string; password: string } | null;
}

/**
 * Takes the user name and password out of an address. Both are percent-decoded where they are well-formed; passwords
 * with a bare `@`, `/`, `?` or `#` before the last `@`, as cameras' manuals print them, are taken as they stand.
 */
export function splitCredentials(url: string): SplitCredentials {
  const parts = splitUrl(url);
  if (parts === null || parts.userInfo === null) return { url, credentials: null };
  const colon = parts.userInfo.indexOf(":");
  const [username, password] =
    colon < 0 ? [parts.userInfo, ""] : [parts.userInfo.slice(0, colon), parts.userInfo.slice(colon + 1)];
  return {
    url: `${parts.scheme}//${parts.rest}`,
    credentials: { username: decoded(username), password: decoded(password) },
  };
}

/** Puts credentials into an address, percent-encoded; for {@link maskUrl} and for requests. */
export function joinCredentials(url: string, credentials: SplitCredentials["credentials"]): string {
  const parts = splitUrl(url);
  if (parts === null || credentials === null) return url;
  const { username, password } = credentials;
  const user = `${encodeURIComponent(username)}${password === "" ? "" : `:${encodeURIComponent(password)}`}`;
  return `${parts.scheme}//${user}@${parts.rest}`;
}

/**
 * The parts that matter here. `new URL` is not used: it refuses what cameras take, and drops a password's bare marks.
 * The user information ends at the last `@` that still has a host behind it.
 */
function splitUrl(url: string): { scheme: string; userInfo: string | null; rest: string } | null {
  const match = /^([a-z][a-z0-9+.-]*:)\/\/(.*)$/is.exec(url.trim());
  if (match === null) return null;
  const [, scheme = "", all = ""] = match;
  const authority = /^[^/?#]*/.exec(all)?.[0] ?? "";
  const inAuthority = authority.lastIndexOf("@");
  // A bare slash in the password ends the authority early: then `user:pass` has no port, and the `@` comes later.
  const isCutShort = inAuthority < 0 && /^[^@:]*:(?!\d*$)/.test(authority) && !authority.startsWith("[");
  const at = isCutShort ? all.lastIndexOf("@") : inAuthority;
  if (at < 0) return { scheme, userInfo: null, rest: all };
  return { scheme, userInfo: all.slice(0, at), rest: all.slice(at + 1) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
