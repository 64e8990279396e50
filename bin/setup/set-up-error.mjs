/** A reason why Tapedeck cannot be set up or started, in words for whoever typed the command. */
export class SetUpError extends Error {
  /** @override */
  name = "SetUpError";
}

/**
 * Runs a command's main function. What is not as it should be is printed as a sentence, without a stack.
 *
 * @param {() => Promise<number>} main returns the exit code
 */
export async function runMain(main) {
  try {
    process.exit(await main());
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(`\n${error.message}`);
    process.exit(1);
  }
}
