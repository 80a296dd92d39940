import type { Editor } from "../vocabulary/isolation.ts";

/** What a command's door is given. */
export interface Invocation {
  /** The words that name the target, as typed. */
  target: string[];
  /** Flags by their camelCase name. */
  flags: Record<string, unknown>;
  cwd: string;
  version: string;
  /** Ends the run under way; without one, Ctrl-C does. */
  signal?: AbortSignal;
  /** Who wrote what is run; without it, the user. */
  editor?: Editor;
}
