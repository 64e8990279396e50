/** Runs the product for the browser tests; they find it at `baseURL`, and the administrator under {@link ADMIN}. */
import { ADMIN } from "../support/admin";
import { startProduct } from "../support/product";

export default async function globalSetup(): Promise<() => Promise<void>> {
  const product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
  process.env.TAPEDECK_TEST_URL = product.url;
  return () => product.stop();
}
