import { job, status } from "./house-tools.ts";
import { compare, microBenchmark, profile } from "./measuring-tools.ts";
import { chooseTarget, finish, openExperiment, submit, targets } from "./session-tools.ts";
import { start } from "./start.ts";
import type { Tool } from "./tool.ts";

/** All tools, in the order of the method. */
export const tools: readonly Tool[] = [
  start,
  profile,
  targets,
  chooseTarget,
  openExperiment,
  microBenchmark,
  submit,
  finish,
  status,
  compare,
  job,
];
