import { z } from "zod";

/** An approach that failed before this session; it is not tried again on the same code. */
export const Banned = z.strictObject({
  /** `approachKey`; null: known by its summary alone. */
  key: z.string().nullable(),
  summary: z.string(),
  why: z.string(),
});
export type Banned = z.infer<typeof Banned>;

/** What the project remembers (method.md, 6.3): git, sessions before this one, other people's rows. Read, never believed. */
export const History = z.strictObject({
  /** The last commits, newest first, with the files that they changed. */
  commits: z.array(z.strictObject({ commit: z.string(), subject: z.string(), files: z.array(z.string()) })),
  /** Patch of the last commit, at most 4,000 characters. */
  lastPatch: z.string(),
  /** Sessions of this repository before this one. */
  sessions: z.int(),
  /** What they kept: where, and by which technique. */
  kept: z.array(z.strictObject({ file: z.string(), technique: z.string() })),
  banned: z.array(Banned),
  /** Rows of results.tsv that no journal here accounts for: other people's, carried along as they are. */
  foreignRows: z.array(z.string()),
  /** `.codeflash/learnings.md`, at most 4,000 characters. */
  learnings: z.string(),
  /** The prose of `.codeflash/conventions.md`: what a change should look like, at most 4,000 characters. */
  style: z.string().default(""),
});
export type History = z.infer<typeof History>;
