import type { ToolSpec } from "../../vocabulary/model.ts";
import {
  ApplyRecipeInput,
  DoubtsInput,
  FindUsesInput,
  LibraryDocsInput,
  MicroInput,
  PassInput,
  ProfileDetailInput,
  ProposeInput,
  ReadSourceInput,
  RepairInput,
  TriageInput,
} from "../../vocabulary/model-tools.ts";

const tool = (name: string, text: string, input: ToolSpec["input"]): ToolSpec => ({ name, text, input });

const looking: readonly ToolSpec[] = [
  tool("read_source", "The source of one function or class that something you were shown names.", ReadSourceInput),
  tool("find_uses", "Every line of the project that has a name as a word, with the function around it.", FindUsesInput),
  tool(
    "profile_detail",
    "More of what was measured: stages, lines, types, locals, holders, repeated texts, or the evidence of another site.",
    ProfileDetailInput,
  ),
  tool(
    "micro_benchmark",
    "Heap peak and time of two snippets, each alone in its process, and whether their values are equal. Twice at most.",
    MicroInput,
  ),
];
/** Where the user has named a server. Nothing but the two words is sent to it. */
const docs = tool("library_docs", "What the documentation of a library says of a topic. Three times at most.", LibraryDocsInput);
const pass = tool("pass", "Nothing reducible is left at this site; says why.", PassInput);

/** Nothing here runs a command, writes a file or chooses an address: the harness does all that, and only behind its gates. */
export const draftTools = (withDocs: boolean): readonly ToolSpec[] => [
  ...looking,
  ...(withDocs ? [docs] : []),
  tool(
    "apply_recipe",
    "Lets the built-in catalogue make a known change at a site: it is proven by its own rules, or it says which of them forbids it.",
    ApplyRecipeInput,
  ),
  tool("propose", "One change with its checklist and edits. It is checked at once; what is refused says why.", ProposeInput),
  pass,
];
export const repairTools: readonly ToolSpec[] = [
  ...looking,
  tool("repair", "Other edits for the same change, against the source before it, not against the failed text.", RepairInput),
  pass,
];
export const triageTools: readonly ToolSpec[] = [
  tool("triage", "For every site: is a change worth a try, and why.", TriageInput),
];
export const reviewTools: readonly ToolSpec[] = [
  tool("doubts", "What you doubt in the change; an empty list is a good answer.", DoubtsInput),
];
export const passTools: readonly ToolSpec[] = [pass];
