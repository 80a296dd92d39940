import { type Editor, noBubblewrap, type ProbeName, type ProbeResult, type Rung, type View } from "../vocabulary/isolation.ts";

/** Strongest first. */
const ladder: readonly Rung[] = ["namespaces", "landlock", "process", "external"];
const strength = (rung: Rung): number => -ladder.indexOf(rung);
const weaker = (rung: Rung, than: Rung): boolean => strength(rung) < strength(than);

/** As reliability is spoken of: L3 to L0. */
export const levelOf = (rung: Rung): string => `L${ladder.length - 1 - ladder.indexOf(rung)}`;

const views: Record<Editor, View> = { nobody: "open", catalogue: "guarded", mind: "closed" };

/** What somebody else's edits need at least; the user's own code may run as the user runs it. */
const floors: Record<Editor, Rung> = { nobody: "process", catalogue: "process", mind: "landlock" };

/** What landlock leaves open by its nature. */
const openUnderLandlock: readonly ProbeName[] = ["connect to a host service's unix socket", "see processes of the host"];
const tcp: ProbeName = "connect to loopback by TCP";

/** What the nine probes, run under a rung's closed view, say of it. */
export interface Standing {
  /** Why it is not to be had here; null: it holds. */
  why: string | null;
  /** Whether it keeps the network away. */
  closesNetwork: boolean;
}

/** A rung is what its probes show on this kernel, not what is installed. */
export function standingOf(rung: Rung, probes: readonly ProbeResult[]): Standing {
  const open = probes.filter((it) => it.open).map((it) => it.name);
  const closesNetwork = probes.length > 0 && !open.includes(tcp);
  if (rung === "process" || rung === "external") return { why: null, closesNetwork };
  if (probes.length === 0) return { why: "its probes could not be run", closesNetwork };
  const expected = rung === "landlock" ? openUnderLandlock : [];
  const leaks = open.filter((it) => !expected.includes(it) && it !== tcp);
  return { why: leaks.length === 0 ? null : `it does not keep a run from this: ${leaks.join(", ")}`, closesNetwork };
}

export interface IsolationQuestion {
  editor: Editor;
  /** `--isolation`; null: the best that is there. */
  asked: Rung | null;
  /** Leave to use the network (`--allow net`). */
  network: boolean;
  /** What is known of the rungs so far. */
  standings: Partial<Record<Rung, Standing>>;
}

/**
 * What runs are kept on; or that nothing may be run; or the rung whose standing has to be found out first, which costs a run.
 * `why`: why it is not a stronger one; null: it is the strongest.
 */
export type IsolationChoice =
  | { kind: "chosen"; rung: Rung; view: View; network: boolean; why: string | null }
  | { kind: "refused"; why: string; wayForward: string }
  | { kind: "ask"; rung: Rung };

/** The strongest rung that holds. Fails closed: below the floor of who edits, nothing is run unless the user named a lower rung. */
export function chooseIsolation({ editor, asked, network: leave, standings }: IsolationQuestion): IsolationChoice {
  const view = views[editor];
  const network = editor !== "mind" || leave;
  const missing: string[] = [];
  const floor = floors[editor];
  for (const rung of asked === null ? ladder.filter((it) => !weaker(it, floor)) : [asked]) {
    const standing = standings[rung];
    if (standing === undefined) return { kind: "ask", rung };
    const leaks = asked === null && !network && !standing.closesNetwork ? "it leaves the network open" : null;
    const lack = standing.why ?? leaks;
    if (lack !== null) missing.push(`${rung}: ${lack}`);
    else
      return { kind: "chosen", rung, view, network, why: asked === null ? missing.join("; ") || null : `--isolation ${asked}` };
  }
  const way = `${wayToNamespaces(standings.namespaces?.why ?? null)} \`codeflash-memory doctor\` shows what holds.`.trim();
  if (asked !== null)
    return { kind: "refused", why: `That isolation is not to be had here (${missing.join("; ")}).`, wayForward: way };
  return {
    kind: "refused",
    why: `What a model changes is run only where it can do no harm, and that is not to be had here (${missing.join("; ")}).`,
    wayForward: `${way} Or run it without, with --isolation process.`,
  };
}

/** What can be done about namespaces that are not to be had; empty: nothing has to be. */
export function wayToNamespaces(why: string | null): string {
  if (why === null) return "";
  if (why === noBubblewrap) return "Install bubblewrap (Debian: apt-get install bubblewrap).";
  return "Let users make namespaces here: the runtime of a container, AppArmor or kernel.unprivileged_userns_clone may forbid it.";
}

/** Keys of the providers of models: no program that is measured is given one. */
const providerKeys =
  /^(ANTHROPIC|OPENAI|GOOGLE(_GENERATIVE_AI)?|GEMINI|MISTRAL|GROQ|XAI|DEEPSEEK|OPENROUTER|TOGETHER(_AI)?|FIREWORKS|COHERE|PERPLEXITY|CEREBRAS|AZURE(_OPENAI)?|AI_GATEWAY|CODEFLASH(_MEMORY)?)_(API_)?(KEY|TOKEN|AUTH_TOKEN)$/;

/** Variables that say how Python and its libraries run, and nothing about whose machine it is. */
const harmless = new RegExp(
  `^(${[
    "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TERM|COLORTERM|NO_COLOR|COLUMNS|LINES|TMPDIR|TEMP|TMP|CI|SOURCE_DATE_EPOCH",
    "PYTHON.*|PYTEST_.*|VIRTUAL_ENV.*|CONDA_(PREFIX|DEFAULT_ENV|SHLVL)|PYENV_.*|LD_LIBRARY_PATH|LD_PRELOAD|DYLD_.*",
    "MALLOC_.*|GLIBC_TUNABLES|MIMALLOC_.*|JEMALLOC_.*|OMP_.*|OPENBLAS_.*|MKL_.*|BLIS_.*|NUMEXPR_.*|VECLIB_.*|NUMBA_.*|CUDA_.*",
    "POLARS_.*|ARROW_.*|DJANGO_SETTINGS_MODULE|CODEFLASH_MEMORY_(RUN|PROJECT)",
  ].join("|")})$`,
);
const secretive = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH/i;

/** The environment of a run from ours. `exposed`: names that the user lets through. */
export function environmentOf(
  ours: Readonly<Record<string, string | undefined>>,
  view: View,
  exposed: readonly string[],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(ours)) {
    if (value === undefined) continue;
    const closed = view === "closed" && (!harmless.test(name) || secretive.test(name));
    if (exposed.includes(name) || !(closed || providerKeys.test(name))) env[name] = value;
  }
  return env;
}
