/**
 * `test` of Playwright with a product of each worker's own, so that files run beside each other without meeting: `baseURL`
 * is its address, and {@link ADMIN} its administrator.
 */
import { test as base } from "@playwright/test";
import { ADMIN } from "@/tests/support/admin";
import { type Product, startProduct } from "@/tests/support/product";

export const test = base.extend<object, { product: Product }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures it needs from the pattern
    async ({}, use) => {
      const product = await startProduct({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password });
      await use(product);
      await product.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ product }, use) => use(product.url),
});
