import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { writeAtomic } from "../../adapters/disk/files.ts";
import { commitFiles } from "../../adapters/git/commit.ts";
import { openingWords, openPullRequest, visibilityOf } from "../../adapters/git/github.ts";
import { fetched, placeBranch, push, slugOf } from "../../adapters/git/publish.ts";
import { type Repository, resolveCommit } from "../../adapters/git/repository.ts";
import { inconsistencies } from "../../records/consistency.ts";
import { withPicture } from "../../records/pull-request.ts";
import { quoted } from "../../records/welcome.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Prepared } from "./prepare.ts";

/** What the user gives leave to, and where to. */
export interface Consent {
  remote: string;
  push: boolean;
  open: boolean;
  /** Pictures may go on a branch of their own at the remote. */
  assets: boolean;
}

/** The branch that holds pictures and shares no history with the project's. */
const assetsBranch = "pr-assets";

export interface Published {
  entry: EntryOf<"pull-request">;
  /** What is left to do by hand, as typed. */
  commands: string[];
  notes: string[];
}

/** Makes the branch; with leave pushes it and opens a draft. Nothing is shown to others whose figures the recorded run does not bear out. */
export async function publish(
  it: Prepared,
  repository: Repository,
  consent: Consent,
  tell: (line: string) => void,
): Promise<Published> {
  const { root } = repository;
  const { record, folder } = it;
  const bodyFile = join(folder, "body.md");
  await mustAgree(it, bodyFile);
  const notes: string[] = [];
  const refused = await placeBranch(root, record.branch, record.head, it.previous);
  if (refused !== null) notes.push(`${refused}: the commit is ${record.head}`);
  const base = await baseBranch(root, record.base.ref, consent.remote);
  const words = openingWords({ base, branch: record.branch, title: record.title, bodyFile: relative(root, bodyFile) });
  const byHand = ["gh", ...words].map(quoted).join(" ");
  const pushing = `git push ${consent.remote} ${record.head.slice(0, 12)}:refs/heads/${record.branch}`;
  const entry = (state: "prepared" | "pushed" | "opened", address: string | null): EntryOf<"pull-request"> => ({
    kind: "pull-request",
    branch: record.branch,
    title: record.title,
    commit: record.head,
    state,
    address,
    evidence: relative(root, join(folder, "record.json")),
  });
  if (!consent.push && !consent.open) return { entry: entry("prepared", null), commands: [pushing, byHand], notes };
  if (consent.assets) notes.push(...(await placePicture(it, repository, consent.remote, bodyFile)));
  tell(`[pr] pushing ${record.branch} to ${consent.remote}`);
  await push(root, consent.remote, record.head, record.branch);
  if (!consent.open) return { entry: entry("pushed", null), commands: [byHand], notes };
  const address = await openPullRequest(root, words, byHand);
  return { entry: entry("opened", address), commands: [], notes };
}

/** *Contract:* throws where text or chart on the disk say what the recorded run does not. */
async function mustAgree({ record, folder }: Prepared, bodyFile: string): Promise<void> {
  const body = await readFile(bodyFile, "utf8").catch(() => "");
  const chart = await readFile(join(folder, "chart.svg"), "utf8").catch(() => null);
  const [first, ...others] = inconsistencies(record, body, chart);
  if (first === undefined) return;
  throw new Failure(
    "wrong-use",
    `${bodyFile} and its recorded run differ: ${first}${others.length > 0 ? `; and ${others.length} more` : ""}.`,
    "Words of your own are welcome, figures come from the run: mend the file, or have it written anew with --fresh.",
  );
}

/** The branch that a reviewer merges into, as the other side knows it. */
async function baseBranch(root: string, ref: string, remote: string): Promise<string> {
  const name = ref.startsWith(`${remote}/`) ? ref.slice(remote.length + 1) : ref;
  const known =
    (await resolveCommit(root, `refs/heads/${name}`)) ?? (await resolveCommit(root, `refs/remotes/${remote}/${name}`));
  return known === null ? "main" : name;
}

/** Puts the chart's picture where a pull request of a public repository can show it; else says why the chart in letters must do. */
async function placePicture(
  { record, png }: Prepared,
  repository: Repository,
  remote: string,
  bodyFile: string,
): Promise<string[]> {
  const { root, commonDir } = repository;
  const slug = await slugOf(root, remote);
  const instead = "the table and the chart in letters stand for the picture";
  if (png === null) return [`the picture cannot be drawn on this machine; ${instead}`];
  if (slug === null) return [`${remote} is not at GitHub; ${instead}`];
  const visibility = await visibilityOf(root, slug);
  if (visibility !== "public")
    return [`${slug} is ${visibility === null ? "not known to gh" : "private"}, where a picture would not show; ${instead}`];
  const parent = await fetched(root, remote, assetsBranch, `refs/codeflash/${assetsBranch}`);
  const path = `images/${record.topic}-${record.head.slice(0, 12)}.png`;
  const commit = await commitFiles({
    root,
    commonDir,
    parent,
    files: new Map([[path, await readFile(png)]]),
    newFiles: true,
    message: `${basename(path)}\n`,
    dateSeconds: 0,
  });
  if (commit !== parent) await push(root, remote, commit, assetsBranch);
  const body = await readFile(bodyFile, "utf8");
  await writeAtomic(bodyFile, withPicture(body, record, `https://raw.githubusercontent.com/${slug}/${commit}/${path}`));
  return [];
}
