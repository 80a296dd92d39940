import { Failure } from "../../vocabulary/failure.ts";

/** What is thrown where the user told a question to stop. */
export const stopped = (): Failure =>
  new Failure("interrupted", "The model was told to stop.", "Run the same command again: it goes on from there.");
