import { Failure } from "../../vocabulary/failure.ts";
import { plain } from "./publish.ts";

/** What GitHub's own program says of a repository; null: it is not installed, not signed in, or does not know the repository. */
export async function visibilityOf(root: string, slug: string): Promise<"public" | "private" | null> {
  const asked = await plain("gh", ["repo", "view", slug, "--json", "visibility", "--jq", ".visibility"], root);
  if (asked.exitCode !== 0) return null;
  return asked.stdout.trim().toLowerCase() === "public" ? "public" : "private";
}

/** Words of the call that opens a draft. */
export const openingWords = (it: { base: string; branch: string; title: string; bodyFile: string }): string[] => [
  "pr",
  "create",
  "--draft",
  "--base",
  it.base,
  "--head",
  it.branch,
  "--title",
  it.title,
  "--body-file",
  it.bodyFile,
];

/** Opens a draft and gives its address. *Contract:* throws `Failure` with what gh said. */
export async function openPullRequest(root: string, words: readonly string[], byHand: string): Promise<string> {
  const { exitCode, stdout, output } = await plain("gh", words, root);
  if (exitCode === 0) return stdout.trim().split("\n").at(-1) ?? "";
  if (exitCode === 127)
    throw new Failure("wrong-use", "gh, GitHub's own program, is not installed.", `Install it, or open it by hand: ${byHand}`);
  const said = output.trim().split("\n").slice(-2).join(" ");
  throw new Failure("target-failed", `The pull request could not be opened: ${said}`, `Open it by hand: ${byHand}`);
}
