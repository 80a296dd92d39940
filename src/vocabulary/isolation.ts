import { z } from "zod";

/**
 * How a run is kept apart from the machine, strongest first: namespaces of its own (bubblewrap), landlock, a process of its own,
 * nothing of ours (the user states that the whole machine is a throw-away).
 */
export const Rung = z.enum(["namespaces", "landlock", "process", "external"]);
export type Rung = z.infer<typeof Rung>;

/** Who changes the code that is run. `mind`: a language model or a foreign agent. */
export type Editor = "nobody" | "catalogue" | "mind";

/**
 * What a run sees and may do. `open`: what the user's own call of it would. `guarded`: the same, but without the user's keys, and it
 * writes only to its tree, caches and temporary folders. `closed`: no home, no network, no environment but what is on a list.
 */
export const View = z.enum(["open", "guarded", "closed"]);
export type View = z.infer<typeof View>;

/** What a run tries that it should not be able to do, in the order in which it is shown. */
export const probeNames = [
  "read an ssh key",
  "write outside of its tree",
  "write through a link out of its tree",
  "write a git hook of the repository",
  "a secret in its own environment",
  "a secret in another process's environment",
  "connect to loopback by TCP",
  "connect to a host service's unix socket",
  "see processes of the host",
] as const;
export type ProbeName = (typeof probeNames)[number];

/** `open`: it could be done. */
export const ProbeResult = z.strictObject({ name: z.enum(probeNames), open: z.boolean() });
export type ProbeResult = z.infer<typeof ProbeResult>;

/** How the runs of a session were kept apart, and what was tried out under just that. */
export const Isolation = z.strictObject({
  rung: Rung,
  view: View,
  /** Whether the run has the network. */
  network: z.boolean(),
  /** Empty where they could not be run; `why` says so. */
  probes: z.array(ProbeResult),
  /** Why it is this rung and not a stronger one; null: there is none. */
  why: z.string().nullable(),
});
export type Isolation = z.infer<typeof Isolation>;

/** Why there are no namespaces where what makes them is missing; all else is the kernel's doing. */
export const noBubblewrap = "bubblewrap is not installed";
