import { keeps, type State } from "../method/state.ts";
import { shortCommit } from "../vocabulary/commit.ts";
import { mib } from "./mib.ts";

const [from, to] = ["<!-- measured: rewritten by codeflash-memory -->", "<!-- /measured -->"];
/** The newest are kept here; older ones stay in the HANDOFF.md of their session. */
const mostFacts = 200;

/** A new learnings.md, above the measured part. */
const head = `# Learnings

What is known of how this system allocates memory. The part between the marks is measured and rewritten; what you write outside of
them stays as it is and is read at every start.
`;

/** learnings.md (method.md, 1.3): measured facts of all sessions, oldest first; all else of the text as it was. */
export function learnings(states: readonly State[], text: string): string {
  const facts = new Map<string, string>();
  for (const state of states)
    for (const fact of factsOf(state)) {
      facts.delete(fact.text);
      facts.set(fact.text, `- ${fact.text} (${fact.evidence})`);
    }
  const measured = [from, ...[...facts.values()].slice(-mostFacts), to].join("\n");
  const [begin, end] = [text.indexOf(from), text.indexOf(to)];
  if (begin >= 0 && end > begin) return text.slice(0, begin) + measured + text.slice(end + to.length);
  return `${text.trim() === "" ? head : text.trimEnd()}\n${measured}\n`;
}

function factsOf(state: State): { text: string; evidence: string }[] {
  const { session } = state;
  if (!session) return [];
  const where = `session ${session.session}, ${session.targetName}`;
  const found = state.discoveries.map((it) => ({
    text: it.text,
    evidence: it.experiment === null ? where : `${where}, experiment ${it.experiment}`,
  }));
  const kept = keeps(state).map((it) => ({
    text: `${it.proposal.summary} in ${it.proposal.site.file}: ${mib(it.verdict?.heapGainBytes ?? 0)} MiB of heap`,
    evidence: `${where}, experiment ${it.number}, commit ${shortCommit(it.implemented?.commit ?? "-")}`,
  }));
  return [...found, ...kept];
}
