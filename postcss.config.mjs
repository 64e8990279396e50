/** Tailwind is the only step of CSS. */
export default { plugins: { "@tailwindcss/postcss": {} } };
