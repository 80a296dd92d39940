import { decidingTests } from "../method/excluded-tests.ts";
import type { State } from "../method/state.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { wrongCode } from "../vocabulary/strays.ts";

/** Tests first (method.md, 1.5): what fails or flakes before any change is known before anything is judged by it. */
export async function* testBaseline(state: State, ports: Ports): AsyncGenerator<Entry> {
  yield { kind: "began", step: "test", experiment: null, line: null };
  const run = await ports.tests.run(state.commit);
  if (run.timedOut)
    throw new Failure(
      "tests-failed",
      "The tests did not end within their time limit.",
      "Name fewer tests with --tests, or raise --timeout.",
    );
  if (run.strays.length > 0) throw wrongCode("A test", run.strays);
  if (run.collectError !== null) {
    throw new Failure(
      "tests-failed",
      `The tests cannot be collected before any change: ${run.collectError}`,
      "Mend them, or name those that must stay green with --tests.",
    );
  }
  if (decidingTests([...state.testRuns, run]).size === 0) {
    const [name, message] = Object.entries(run.messages)[0] ?? [];
    const detail = name ? ` ${name}: ${message}` : run.error ? ` ${run.error}` : "";
    throw new Failure(
      "tests-failed",
      `No test passes before any change.${detail}`,
      "Mend them, or name those that must stay green with --tests.",
    );
  }
  yield { kind: "tested", experiment: null, repeat: state.testRuns.length, run };
}
