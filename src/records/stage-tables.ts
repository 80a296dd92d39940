import type { ProfileOf } from "../method/state.ts";
import { fenced } from "./markdown.ts";
import { stageTableLines } from "./stage-table.ts";

/** Baseline and re-profiles, each under the experiment that it came after. */
export function stageTables(profiles: readonly ProfileOf[]): string {
  return profiles
    .map((it) => {
      const title = it.experiment === null ? "Baseline" : `After experiment ${it.experiment}`;
      return `${title} (\`${it.profile.table.pipeline.qualname}\`: ${it.profile.table.why}):\n\n${fenced(stageTableLines(it.profile.table).join("\n"))}`;
    })
    .join("\n");
}
