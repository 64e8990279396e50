/** Addresses of media, as pages ask for them. */

/** Adds to an address that may have a query already. @param query `name=value` */
export function withQuery(url: string, query: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}
