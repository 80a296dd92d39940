import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Facts } from "../../vocabulary/facts.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { FunctionOutcomes, FunctionTime, Inputs, type Sample, type TestRun, Trial } from "../../vocabulary/measurement.ts";
import type { Bench, Profiler, Tests } from "../../vocabulary/ports.ts";
import { PeakMoment, type Profile, StageNode } from "../../vocabulary/profile.ts";
import { type FunctionWithin, ProcessStages } from "../../vocabulary/quick.ts";
import type { PeakStacks } from "../../vocabulary/stacks.ts";
import { FunctionRef, type Target } from "../../vocabulary/target.ts";
import type { Grounds } from "../isolation/confinement.ts";
import { pythonFolder } from "../isolation/python-folder.ts";
import { runProcess } from "../isolation/run.ts";
import { Censuses, flameFrames, mostStacks, stacksOf } from "./censuses.ts";
import { type GroundOptions, groundOf } from "./ground.ts";
import type { Memray } from "./overlay.ts";
import { answersOf, environment, notesOf, type ProbeContext, type ProbeRun, runPython } from "./probe.ts";
import { outcomeOf, resultOf, sampleOf, testRunOf, timelineOf, witnessOf } from "./runs.ts";
import { Watching } from "./watching.ts";

export interface MeasuringOptions {
  context: ProbeContext;
  /** The user's checkout. */
  root: string;
  /** The working directory relative to it. */
  cwd: string;
  exclude: string[];
  target: Target;
  tests: { kind: "pytest" | "command"; args: string } | null;
  /** First limit; later runs may take ten times what the target took, or 30 s more. */
  timeoutMs: number;
  /** The folder that holds the tree of a commit; the user's own folder when nothing is to be changed. */
  treeOf(commit: string): Promise<string>;
  /** Files that were too large to be copied beside the commits, relative to the root. */
  leftOut?(): readonly string[];
  /** What every run over a tree stands on besides it. */
  ground?: Pick<GroundOptions, "checkouts" | "environments" | "isProtected">;
  /** Splits pytest arguments as a shell would. */
  words(text: string): string[];
}

/** Line events after which the tree pass treats hot code as one piece. */
const eventBudget = 1_000_000;
const Captured = z.looseObject({ peakBytes: z.number(), allocations: z.int(), restBytes: z.number() });
const StageFunction = z.strictObject({ ...FunctionRef.shape, entryBytes: z.number(), ownBytes: z.number() });
/** The answers without trees that were written on the way, but for the last whole one where the target was killed. */
function latest(answers: ProbeRun["answers"]): ProbeRun["answers"] {
  const end = answers.findLastIndex((it) => it.kind === "peak");
  const begin = answers.slice(0, end).findLastIndex((it) => it.kind === "saved" || it.kind === "peak");
  const others = answers.filter((it) => it.kind !== "node" && it.kind !== "peak" && it.kind !== "saved");
  return [...others, ...answers.slice(begin + 1, end + 1).filter((it) => it.kind === "node" || it.kind === "peak")];
}
/** Above this many loaded files only those that the profile names are asked about. */
const mostFiles = 80;

interface MeasuringPorts {
  profiler: Profiler;
  bench: Bench;
  tests: Tests;
  /** What stands at the peak by call stack: by memray where it is there. */
  stacks(commit: string, memray: Memray, peak: PeakMoment): Promise<PeakStacks | null>;
  /** The stacks at the peak by memray, in one run; small objects by the arenas that hold them. */
  nativeStacks(commit: string, overlay: string | null): Promise<PeakStacks | null>;
  /** The statements of one function, and the run's own figures. Null: it was not entered, or the system does not tell. */
  processStages(
    commit: string,
    wanted: FunctionWithin,
  ): Promise<{ stages: ProcessStages | null; sample: Sample; notes: string[] }>;
  /** The same over another target. */
  of(target: Target): Pick<MeasuringPorts, "profiler" | "bench">;
}

/** The measuring ports over real Python processes. */
export function measuring(options: MeasuringOptions): MeasuringPorts {
  const plain: PlainTests = { run: null };
  const measured = new Measuring(options, plain);
  return {
    profiler: measured,
    bench: measured,
    tests: { run: (commit) => measured.runTests(commit), guard: (commit, command) => measured.guard(commit, command) },
    stacks: (commit, memray, peak) =>
      memray.kind === "there" ? measured.memrayStacks(commit, memray.overlay) : measured.flame(commit, peak),
    nativeStacks: (commit, overlay) => measured.memrayStacks(commit, overlay, false),
    processStages: (commit, wanted) => measured.processStages(commit, wanted),
    of: (target) => {
      const other = new Measuring({ ...options, target }, plain);
      return { profiler: other, bench: other };
    },
  };
}

const bare: NonNullable<MeasuringOptions["ground"]> = { checkouts: [], environments: [], isProtected: () => false };

/** Where a run sees the tree of a commit, and what it may touch. */
type Ground = ReturnType<typeof groundOf>;

const withWritable = (grounds: Grounds, folder: string): Grounds => ({ ...grounds, writable: [...grounds.writable, folder] });

/** The first run of the tests without any recorder, whichever target asked for it. */
interface PlainTests {
  run: TestRun | null;
}

class Measuring implements Profiler, Bench {
  private fastestMs: number | null = null;
  private readonly censuses = new Censuses((commit, request) => this.probe(commit, { ...request, eventBudget }, 90));
  /** Tree → how many files were known to be loaded when it was compiled, and when that is done. */
  private readonly compiled = new Map<string, { files: number; done: Promise<unknown> }>();
  private loaded: string[] = [];
  private startsOthers = false;
  private warm: Promise<Inputs | null> | null = null;
  private readonly watching: Watching;
  private readonly plain: PlainTests;
  private readonly options: MeasuringOptions;

  constructor(options: MeasuringOptions, plain: PlainTests) {
    this.options = options;
    this.plain = plain;
    this.watching = new Watching({
      watched: (commit, request) => this.probe(commit, { pass: "usage", ...request }, 40),
      plain: async (commit) => plain.run ?? this.runTests(commit),
      tests: options.tests?.kind === "pytest" ? options.words(options.tests.args) : null,
      targetTest: options.target.kind === "pytest" ? options.target.nodeId : null,
    });
  }

  async sample(commit: string) {
    const tree = await this.tree_(commit);
    const isFirst = this.warm === null;
    const seen = await this.warmUp(commit);
    const timed = await this.probe(commit, { pass: "bench" }, 1);
    // Looking at a whole tree slows it down, so time is taken in another run.
    const run =
      this.startsOthers || resultOf(timed)?.children
        ? { ...timed, memory: (await this.probe(commit, { pass: "bench" }, 2, { treePeak: true })).memory }
        : timed;
    const sample = { ...this.sampleOf(run, tree), inputs: isFirst ? seen : null };
    if (sample.exitCode === 0) this.fastestMs = Math.min(this.fastestMs ?? Number.POSITIVE_INFINITY, sample.durationMs);
    this.learn(run);
    return sample;
  }

  private sampleOf(run: ProbeRun, { seen: tree }: Ground): Sample {
    return sampleOf(run, { tree, root: this.options.root, compareOutput: this.options.target.kind !== "pytest" });
  }

  /**
   * An unmeasured run before all others, once: fills caches, and tells what the target loads, what it reads, and whether it starts
   * other processes. A session that is taken up in the middle needs all that as one that begins.
   */
  private warmUp(commit: string): Promise<Inputs | null> {
    this.warm ??= this.run(commit, { pass: "bench", inputs: true }, 1).then((run) => {
      this.learn(run);
      this.startsOthers = resultOf(run)?.children ?? false;
      return answersOf(run, "inputs", Inputs).at(-1) ?? null;
    });
    return this.warm;
  }

  async traced(commit: string) {
    const run = await this.probe(commit, { pass: "traced" }, 12);
    return { ...outcomeOf(run), heapPeakBytes: resultOf(run)?.tracedPeakBytes ?? null, witness: witnessOf(run) };
  }

  async clock(commit: string, functions: FunctionRef[]) {
    const times = answersOf(await this.probe(commit, { pass: "clock", functions }, 4), "clock", FunctionTime);
    return times.filter((it) => it.calls > 0);
  }

  async outcomes(commit: string, functions: FunctionRef[]) {
    return answersOf(await this.probe(commit, { pass: "outcomes", functions }, 20), "outcomes", FunctionOutcomes);
  }

  async trial(commit: string) {
    if (this.options.target.kind !== "function") return null;
    return answersOf(await this.probe(commit, { pass: "trial" }, 60), "trial", Trial).at(-1) ?? null;
  }

  async tree(commit: string) {
    const whole = await this.probe(commit, { pass: "tree", eventBudget }, 60);
    const run = { ...whole, answers: latest(whole.answers) };
    const peak = answersOf(run, "peak", PeakMoment).at(-1);
    if (!peak) this.mustHaveRun(run);
    if (!peak)
      throw new Failure(
        "target-failed",
        "The target ran no code of this project.",
        "Name a target that does, or check which folder you are in.",
      );
    const notes = run.exitCode === 0 ? [] : [`the target ended early (${run.error}): this is the profile up to there`];
    this.learn(run);
    const threads = answersOf(run, "threads", z.object({ count: z.int() })).at(-1)?.count ?? 0;
    return { nodes: answersOf(run, "node", StageNode), peak, threads, notes: [...notes, ...notesOf(run)] };
  }

  async stages(commit: string, pipeline: FunctionRef) {
    const run = await this.probe(commit, { pass: "stages", function: pipeline }, 20, { timeline: true });
    const rows = answersOf(run, "stage", z.looseObject({ line: z.int(), peakBytes: z.number().nullable() }));
    const peaks = new Map(rows.flatMap((row) => (row.peakBytes === null ? [] : [[row.line, row.peakBytes] as const])));
    return { peaks, timeline: timelineOf(run) };
  }

  async processStages(commit: string, wanted: FunctionWithin) {
    const run = await this.probe(commit, { pass: "stages", function: wanted }, 20);
    const found = answersOf(run, "stage-function", StageFunction).at(-1);
    const rows = answersOf(run, "stage", ProcessStages.shape.rows.element);
    const seen = this.sampleOf(run, await this.tree_(commit));
    const peakBytes = seen.peakBytes === null ? null : seen.peakBytes - (found?.ownBytes ?? 0);
    const sample = { ...seen, peakBytes };
    const stages =
      found && rows.length > 0
        ? { function: { file: found.file, qualname: found.qualname, line: found.line }, entryBytes: found.entryBytes, rows }
        : null;
    return { stages, sample, notes: notesOf(run) };
  }

  census(commit: string, peak: PeakMoment, withStacks = false) {
    return this.censuses.take(commit, peak, withStacks);
  }

  stacks(commit: string, peak: PeakMoment) {
    return this.censuses.stacks(commit, peak);
  }

  flame(commit: string, peak: PeakMoment) {
    return this.censuses.stacks(commit, peak, flameFrames);
  }

  /** `pythonAllocators`: each small object for itself, at several times the cost; without, the arenas that hold them. */
  async memrayStacks(commit: string, overlay: string | null, pythonAllocators = true): Promise<PeakStacks | null> {
    const { context } = this.options;
    const folder = join(context.scratch, `capture-${randomUUID()}`);
    const capture = join(folder, "capture.bin");
    await mkdir(folder, { recursive: true });
    try {
      const ran = await this.probe(commit, { pass: "memray", capture, overlay, pythonAllocators }, 20, { writable: folder });
      const tree = await this.tree_(commit);
      const run = await runPython(
        "readers",
        { capture, overlay, limit: mostStacks, project: this.project(tree) },
        { ...context, cwd: tree.seen, grounds: withWritable(tree.grounds, folder), timeoutMs: 300_000 },
      );
      const totals = answersOf(run, "captured", Captured).at(-1);
      if (!totals) return null;
      const rest =
        totals.restBytes > 0 ? `${(totals.restBytes / 1024 / 1024).toFixed(1)} MiB in smaller stacks are left out` : null;
      const ended = ran.exitCode === 0 ? null : `the target ended early (${ran.error})`;
      return {
        source: "memray",
        peakBytes: totals.peakBytes,
        allocations: totals.allocations,
        stacks: stacksOf(run),
        partial: ended ?? rest,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async facts(commit: string, profile: Profile) {
    const tree = await this.warmTree(commit);
    const files = this.loaded.length <= mostFiles ? this.loaded : namedFiles(profile, this.loaded);
    const run = await runPython(
      "facts",
      { root: tree.seen, files: files.filter((it) => it.endsWith(".py")), want: "facts" },
      { ...this.options.context, cwd: tree.seen, grounds: tree.grounds, timeoutMs: 300_000 },
    );
    const facts = answersOf(run, "facts", Facts).at(-1);
    if (!facts)
      throw new Failure(
        "harness-broken",
        `The source could not be read: ${run.error ?? "no answer"}`,
        "Please report this with the project's name.",
      );
    return facts;
  }

  usage(commit: string, request: unknown) {
    return this.watching.usage(commit, request);
  }

  coverage(commit: string, functions: Pick<FunctionRef, "file" | "qualname">[]) {
    return this.watching.coverage(commit, functions);
  }

  async runTests(commit: string): Promise<TestRun> {
    const { tests } = this.options;
    if (!tests) throw new Error("there are no tests to run");
    if (tests.kind === "command") return this.testCommand(commit, tests.args);
    const run = testRunOf(await this.run(commit, { pass: "tests", tests: this.options.words(tests.args) }, null));
    this.plain.run ??= run;
    return run;
  }

  async guard(commit: string, command: string) {
    const { exitCode, output } = await this.shell(commit, command);
    return { exitCode, output: output.slice(-600) };
  }

  private async testCommand(commit: string, command: string): Promise<TestRun> {
    const ran = await this.shell(commit, command);
    const passed = ran.exitCode === 0;
    return {
      exitCode: ran.exitCode,
      timedOut: ran.timedOut,
      overMemory: false,
      durationMs: ran.durationMs,
      error: passed ? null : ran.output.slice(-400),
      outcomes: { [command]: passed ? "passed" : "failed" },
      messages: passed ? {} : { [command]: ran.output.slice(-400) },
      collectError: null,
      strays: [],
    };
  }

  /** A command of the user's own, with imports mapped to the tree. */
  private async shell(commit: string, command: string) {
    const { context } = this.options;
    const tree = await this.tree_(commit);
    const folder = join(context.scratch, `shell-${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    const output = join(folder, "stdout");
    const children = join(pythonFolder, "children");
    const env = environment(context, folder, { PYTHONDONTWRITEBYTECODE: "1" });
    const path = env["PYTHONPATH"];
    const outcome = await runProcess({
      argv: ["/bin/sh", "-c", command],
      cwd: join(tree.seen, this.options.cwd),
      env: {
        ...env,
        PYTHONPATH: path ? `${children}:${path}` : children,
        CODEFLASH_MEMORY_PROJECT: JSON.stringify(this.project(tree)),
      },
      stdoutPath: output,
      stderrPath: `${output}.err`,
      timeoutMs: this.options.timeoutMs,
      signal: context.signal,
      marker: `${context.marker}-shell`,
      memoryLimitBytes: context.memoryLimitBytes,
      confinement: context.confinement,
      grounds: withWritable(tree.grounds, folder),
    });
    const text = `${await readFile(output, "utf8").catch(() => "")}${await readFile(`${output}.err`, "utf8").catch(() => "")}`;
    await rm(folder, { recursive: true, force: true });
    return { exitCode: outcome.exitCode, timedOut: outcome.timedOut, durationMs: outcome.durationMs, output: text.trim() };
  }

  private project({ seen }: Ground) {
    return { root: this.options.root, tree: seen, exclude: this.options.exclude };
  }

  /** A pass over what was warmed up: cold, a target's peak holds the compiler's memory too, also where a session is taken up. */
  private async probe(...pass: Parameters<Measuring["run"]>): Promise<ProbeRun> {
    await this.warmTree(pass[0]);
    return this.run(...pass);
  }

  /** The user's own files are run as they lie. */
  private async warmTree(commit: string): Promise<Ground> {
    if ((await this.options.treeOf(commit)) !== this.options.root) await this.warmUp(commit);
    return this.tree_(commit);
  }

  /** `factor`: how many times the plain run this pass may take; null: the full limit. */
  private async run(
    commit: string,
    request: Record<string, unknown>,
    factor: number | null,
    { writable, ...more }: { treePeak?: boolean; timeline?: boolean; writable?: string } = {},
  ): Promise<ProbeRun> {
    const tree = await this.tree_(commit);
    const plain = this.fastestMs;
    const timeoutMs =
      plain === null || factor === null ? this.options.timeoutMs * (factor ?? 1) : factor * Math.max(10 * plain, plain + 30_000);
    return runPython(
      "probe",
      { target: this.options.target, project: this.project(tree), ...request },
      {
        ...this.options.context,
        ...more,
        cwd: join(tree.seen, this.options.cwd),
        grounds: writable === undefined ? tree.grounds : withWritable(tree.grounds, writable),
        timeoutMs,
      },
    );
  }

  /** The tree of a commit, with its bytecode written once, so that no run compiles. */
  private async tree_(commit: string): Promise<Ground> {
    const { root, context } = this.options;
    const tree = await this.options.treeOf(commit);
    const { scratch, confinement } = context;
    const { ground: around = bare, leftOut } = this.options;
    const ground = groundOf({ ...around, root, tree, scratch, confinement, leftOut: leftOut?.() ?? [] });
    if (tree === root) return ground;
    const known = this.compiled.get(tree);
    if (known?.files === this.loaded.length) await known.done;
    else {
      const request = { pass: "compile", project: this.project(ground), files: this.loaded };
      const done = runPython("probe", request, { ...context, cwd: ground.seen, grounds: ground.grounds, timeoutMs: 300_000 });
      this.compiled.set(tree, { files: this.loaded.length, done });
      await done;
    }
    return ground;
  }

  /** Which project files the target loads. */
  private learn(run: ProbeRun): void {
    this.loaded = [...new Set([...this.loaded, ...Object.keys(witnessOf(run).files)])].sort();
  }

  private mustHaveRun(run: ProbeRun): void {
    if (run.timedOut)
      throw new Failure(
        "target-timed-out",
        "The target did not end within its time limit.",
        "Give it less work, or raise --timeout SECONDS.",
      );
    if (run.exitCode !== 0)
      throw new Failure("target-failed", `The target fails: ${run.error}`, "Make it run first; nothing was changed.");
  }
}

/** Loaded files that the profile speaks of, by place or by the module of a type. */
function namedFiles(profile: Profile, loaded: readonly string[]): string[] {
  const census = profile.census;
  const named = new Set([
    ...profile.nodes.map((it) => it.function.file),
    ...profile.peak.stack.map((it) => it.file),
    ...[census?.lines, census?.projectLines, census?.locals, census?.holders, census?.caches, census?.emptyValues].flatMap(
      (rows) => (rows ?? []).map((it) => it.file),
    ),
    ...(census?.types ?? []).flatMap((it) => it.madeAt.map((made) => made.file)),
    ...(census?.equalTuples ?? []).flatMap((it) => [it.file, ...it.calledFrom.map((caller) => caller.file)]),
    ...(census?.records ?? []).flatMap((it) => it.madeAt.map((made) => made.file)),
  ]);
  const modules = new Set(
    (census?.types ?? []).filter((it) => it.project).map((it) => (it.type.split(":")[0] ?? "").replaceAll(".", "/")),
  );
  return loaded.filter(
    (file) => named.has(file) || [...modules].some((it) => file.endsWith(`${it}.py`) || file.endsWith(`${it}/__init__.py`)),
  );
}
