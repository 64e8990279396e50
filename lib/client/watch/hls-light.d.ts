/** hls.js without what we have no use for; the package has types for the whole one only. */
declare module "hls.js/light" {
  export { default } from "hls.js";
}
