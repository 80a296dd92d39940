import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { resolveCommit } from "../../adapters/git/repository.ts";
import { pythonFolder } from "../../adapters/isolation/python-folder.ts";
import { targetName } from "../../adapters/python/discover.ts";
import { type PinRun, peakByFile, runsGreen } from "../../adapters/python/peak-limit.ts";
import { limitFor, memoryTest, memoryTestName, writtenByUs } from "../../records/memory-test.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { inFreshTrees } from "../comparing.ts";
import { inScratch, openProject, type Project, type Workplace } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { sessionsOf } from "../open-session.ts";
import { outputVersion, type PinOutput } from "../output.ts";
import { talk } from "./talk.ts";

/** A difference that a limit can lie in between, MiB. */
const leastMib = 0.2;

/** `pin`: writes a pytest test that fails when the target's peak comes back, and shows that it does. */
export async function run(invocation: Invocation): Promise<number> {
  const out = talk(invocation.flags);
  const project = await openProject(invocation);
  if (project.interpreter.pytest === null)
    throw new Failure(
      "no-tests",
      `pytest is not in ${project.interpreter.executable}.`,
      "Install it there, or name another --python.",
    );
  const name = targetName(project.target);
  const template = await readFile(join(pythonFolder, "templates", "peak_limit.py"), "utf8");
  const path = resolve(
    invocation.cwd,
    typeof invocation.flags["out"] === "string" ? invocation.flags["out"] : placeOf(project, name),
  );
  await mustBeOurs(path);
  const command = `codeflash-memory pin ${name}`;
  const text = (folder: string, limitMib: number) =>
    memoryTest(template, { target: project.target, targetName: name, folder, limitMib, command });
  const measure = (tree: string, workplace: Workplace) => peakOf(project, tree, workplace, text(join(tree, project.cwd), 0));
  const here = await out.during("measuring the peak", () =>
    inScratch(project, invocation, (workplace) => measure(project.root, workplace)),
  );
  const against = await refOf(project, invocation.flags["against"], name);
  const proof =
    against === null
      ? null
      : await out.during(`measuring at ${against.ref}`, () =>
          inFreshTrees(project, invocation, async ({ trees, workplace }) => {
            const tree = await trees.path(against.commit);
            const peakMib = await measure(tree, workplace);
            const limitMib = limitFor(here, peakMib);
            const copy = join(tree, relative(project.root, path));
            await mkdir(dirname(copy), { recursive: true });
            await writeFile(copy, text(relative(dirname(copy), join(tree, project.cwd)) || ".", limitMib));
            const green = await runsGreen(runOf(project, tree, workplace), copy);
            return { ref: against.ref, peakMib, fails: !green };
          }),
        );
  const limitMib = limitFor(here, proof?.peakMib ?? null);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text(relative(dirname(path), join(project.root, project.cwd)) || ".", limitMib));
  const green = await out.during("running the new test", () =>
    inScratch(project, invocation, (workplace) => runsGreen(runOf(project, project.root, workplace), path)),
  );
  if (!green)
    throw new Failure(
      "tests-failed",
      `The new test ${path} does not pass here.`,
      "Run it with pytest to see why; the target may not run the same way twice.",
    );
  const shown = relative(invocation.cwd, path);
  out.say([
    `[pin] ${shown}: fails when the heap of ${name} peaks above ${limitMib.toFixed(1)} MiB (now ${here.toFixed(1)})`,
    ...(proof === null
      ? ["[pin] it passes here; name a commit from before the gain to see it fail: --against REF"]
      : [
          proof.fails && proof.peakMib - here > leastMib
            ? `[pin] it passes here and fails at ${proof.ref}, where the peak is ${proof.peakMib.toFixed(1)} MiB`
            : `[pin] it passes here, and at ${proof.ref} too: the peak there is ${proof.peakMib.toFixed(1)} MiB`,
        ]),
  ]);
  const answer: PinOutput = {
    schema: outputVersion,
    command: "pin",
    target: name,
    file: path,
    peakMib: here,
    limitMib,
    against: proof,
  };
  await out.answer(answer);
  return proof !== null && !proof.fails ? 1 : 0;
}

const runOf = (project: Project, tree: string, workplace: Workplace): PinRun => ({
  ...workplace,
  executable: project.interpreter.executable,
  tree,
  cwd: join(tree, project.cwd),
  timeoutMs: project.settings.timeout * 1000,
});

/** The lower of two runs: the first compiles modules, which takes memory of its own. MiB. */
async function peakOf(project: Project, tree: string, workplace: Workplace, text: string): Promise<number> {
  const peaks: number[] = [];
  for (const time of [1, 2]) peaks.push(await peakByFile(runOf(project, tree, workplace), text, time));
  return Math.min(...peaks);
}

/** Beside the target where that is a test, else with the other tests, else where the command stands. */
function placeOf({ target, root, cwd }: Project, name: string): string {
  const here = join(root, cwd);
  if (target.kind === "pytest") return join(here, dirname(target.nodeId.split("::")[0] ?? ""), memoryTestName(name));
  return join(here, existsSync(join(here, "tests")) ? "tests" : "", memoryTestName(name));
}

async function mustBeOurs(path: string): Promise<void> {
  const there = await readFile(path, "utf8").catch(() => null);
  if (there !== null && !there.includes(writtenByUs))
    throw new Failure("wrong-use", `${path} is there and was not written by this program.`, "Name another file with --out.");
}

/** Where the gain was not yet: as the user says, else what the last session on this target began from. */
async function refOf(project: Project, wanted: unknown, name: string): Promise<{ ref: string; commit: string } | null> {
  const { repository, root } = project;
  if (!repository) return null;
  const { sessions } = await sessionsOf(repository.commonDir);
  const known = sessions.findLast((it) => it.state.session?.targetName === name)?.state.session?.base;
  const ref = typeof wanted === "string" ? wanted : known?.slice(0, 12);
  if (ref === undefined) return null;
  const commit = await resolveCommit(root, ref);
  if (commit !== null) return { ref, commit };
  throw new Failure("wrong-use", `There is no commit ${ref} in ${root}.`, "Name one from before the gain with --against.");
}
