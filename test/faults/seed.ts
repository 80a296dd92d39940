/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The seed that was given, or one of now. */
export const aSeed = (): number => Number(process.env["CODEFLASH_MEMORY_SEED"] ?? Date.now() % 1_000_000);
