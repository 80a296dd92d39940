import type { GetPromptResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const said = (text: string): GetPromptResult => ({ messages: [{ role: "user", content: { type: "text", text } }] });

const order = `Go by the tools of codeflash-memory, in their order: start, targets, choose_target, open_experiment, micro_benchmark where it applies, submit; again until nothing is left; then finish. Read no source of the implementation but what choose_target gives you. One change an experiment. Show your user each line that begins with a bracket. End with the whole summary: all per-stage tables, numbered discoveries, the tier breakdown, what was discarded and why.`;

/** What a user may pick from a menu: a task in our words. */
export function addPrompts(server: McpServer): void {
  server.registerPrompt(
    "optimize",
    {
      title: "Lower the peak memory",
      description: "Profile a target and lower its peak, one proved change at a time",
      argsSchema: z.object({
        target: z.string().describe("pytest node id, script.py with arguments, -m module, package.module:function"),
      }),
    },
    ({ target }) => said(`Lower the peak memory of \`${target}\`. ${order}`),
  );
  server.registerPrompt("resume", { title: "Go on", description: "Go on with the unfinished session of this project" }, () =>
    said(`Call start without arguments: it goes on with the unfinished session. Read codeflash-memory://handoff. ${order}`),
  );
  server.registerPrompt(
    "review",
    { title: "Review the kept changes", description: "Look at the branch with fresh eyes and try to refute it" },
    () =>
      said(
        "Review the commits of codeflash/optimize since its last tag codeflash/optimize-v<N> (or since it left the base). Read only: change nothing. Try to refute each: is every freed or closed object owned by the code that frees it, also when it raises; do threads, caches or callers still need it; did public behaviour, types or mutated arguments change; does the benchmark run the changed lines; would the figure hold for a larger input; is the code worth its gain? Check the figures with the tool compare. Give each finding a file, a line, a reason and a confidence; say plainly where you found nothing.",
      ),
  );
}
