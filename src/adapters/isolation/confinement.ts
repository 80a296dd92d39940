import type { Rung, View } from "../../vocabulary/isolation.ts";

/** How the runs of a command are kept apart: the same for every side that is compared. */
export interface Confinement {
  rung: Rung;
  view: View;
  network: boolean;
  /** Python that starts the launcher of the landlock rung. */
  python: string;
  /** Seen though the view hides where they lie: the interpreter, our own programs, what the user lets through. */
  readable: readonly string[];
}

/** What one run stands on. Absolute real paths; what is not there is passed over. */
export interface Grounds {
  /** May be written. */
  writable: readonly string[];
  /** May be read and not written, also where they lie inside of the writable. */
  readOnly: readonly string[];
  /** A file or folder that the run sees at another path, and may write. Only with namespaces. */
  shown: readonly { from: string; at: string; readOnly?: boolean }[];
}

export const nowhere: Grounds = { writable: [], readOnly: [], shown: [] };

/** A command as it is really started. */
export interface Wrapped {
  argv: string[];
  /** How many processes of the wrapper stand above the program: they are no part of its figures. */
  wrappers: number;
}

export const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
