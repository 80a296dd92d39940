import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { PrOutput } from "../../../src/entry/output.ts";
import { median } from "../../../src/method/noise.ts";
import { PullRequestRecord } from "../../../src/vocabulary/pull-request.ts";
import { loudHooks, snapshot, userGit, writeFiles } from "../../adapters/git/user-tree.ts";
import { freeLines, keptSession, slots, twoWastes } from "./kept-session.ts";
import { python, repository, run } from "./program.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

async function project(changes = [freeLines, slots]): Promise<string> {
  const root = repository(twoWastes);
  made.push(root);
  await keptSession(root, changes);
  return root;
}

/** All that is the user's but the branches that a pull request is made of. */
const theirs = (root: string): string =>
  snapshot(root)
    .split("\n")
    .filter((it) => !/^refs\/(heads|remotes\/origin)\/(mem\/|pr-assets)/.test(it))
    .join("\n");

async function prepared(root: string, more: string[] = [], env: Record<string, string> = {}) {
  const ended = await run(["pr", "--pairs", "2", "--json", "--full", ...more], root, env);
  return { ended, answer: ended.exitCode === 0 ? PrOutput.parse(JSON.parse(ended.stdout)) : null };
}

/** A `gh` that notes how it was called. */
function fakeGh(visibility: string): { env: Record<string, string>; calls: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), "gh-"));
  made.push(folder);
  const path = join(folder, "gh");
  writeFileSync(
    path,
    `#!/bin/sh\necho "$@" >> "${folder}/calls"\ncase "$1" in repo) echo ${visibility};; pr) echo https://github.com/me/shop/pull/7;; esac\n`,
  );
  chmodSync(path, 0o755);
  return {
    env: { PATH: `${folder}:${process.env["PATH"]}` },
    calls: () => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : []),
  };
}

/** A place to push to that looks as if it were at GitHub. */
function remote(root: string): string {
  const bare = mkdtempSync(join(tmpdir(), "remote-"));
  made.push(bare);
  execFileSync("git", ["init", "-q", "--bare", bare]);
  userGit(root, "remote", "add", "origin", "https://github.com/me/shop.git");
  userGit(root, "config", `url.${bare}.insteadOf`, "https://github.com/me/shop.git");
  userGit(root, "push", "-q", "origin", "main");
  return bare;
}

it("prepares independent changes apart, biggest first, with texts whose figures are those of their runs, and touches nothing", async () => {
  const root = await project();
  loudHooks(root);
  const before = theirs(root);
  const { ended, answer } = await prepared(root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(theirs(root)).toBe(before);
  const all = answer?.pullRequests ?? [];
  expect(all.map((it) => it.branch)).toEqual([
    "mem/free-lines-in-main-before-the-peak",
    "mem/store-the-attributes-of-row-in-slots",
  ]);
  for (const [index, it] of all.entries()) {
    expect(userGit(root, "rev-parse", it.branch)).toBe(it.head);
    expect(userGit(root, "rev-parse", `${it.branch}^`)).toBe(userGit(root, "rev-parse", "main"));
    expect(userGit(root, "diff", "--name-only", "main", it.branch)).toBe(index === 0 ? "app.py" : "rows.py");
    const record = PullRequestRecord.parse(JSON.parse(readFileSync(it.files.record, "utf8")));
    const body = readFileSync(it.files.body, "utf8");
    const [measured] = record.measured;
    const peak = (side: "base" | "head") =>
      ((median(measured?.[side].samples.flatMap((one) => one.peakBytes ?? []) ?? []) ?? 0) / 1024 ** 2).toFixed(1);
    expect(Number(peak("head"))).toBeLessThan(Number(peak("base")));
    expect(body).toContain(`process peak ${peak("base")} → ${peak("head")} MiB`);
    expect(body).toMatch(new RegExp(`\\| base [0-9a-f]{12} \\| ${peak("base")} \\|`));
    expect(body).toContain("1 passed, 0 failed at the base; 1 passed, 0 failed here");
    expect(readFileSync(it.files.chart, "utf8")).toContain(`>${peak("head")}</text>`);
    expect(
      readFileSync(it.files.picture ?? "")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(it.commands[0]).toBe(`git push origin ${it.head.slice(0, 12)}:refs/heads/${it.branch}`);
  }
  expect(readFileSync(join(root, ".codeflash/HANDOFF.md"), "utf8")).toMatch(/## PRs[\s\S]*mem\/free-lines[\s\S]*prepared/);

  const script = all[0]?.files.benchmark ?? "";
  const said = execFileSync(python, [script, "--json", "--pairs", "1"], { cwd: root, encoding: "utf8" });
  const { base_mib, head_mib } = JSON.parse(said);
  expect(base_mib - head_mib).toBeGreaterThan(1.5);
  expect(theirs(root)).toBe(before);

  // What was measured is not measured again; a figure that somebody writes in is refused, words are not.
  const body = all[0]?.files.body ?? "";
  writeFileSync(body, `Thanks to Ada.\n\n${readFileSync(body, "utf8")}`);
  const again = await prepared(root);
  expect(again.ended.stderr).toContain("that run is used");
  expect(again.ended.stderr).not.toContain("pair 1");
  expect(readFileSync(body, "utf8")).toContain("Thanks to Ada.");
  writeFileSync(body, readFileSync(body, "utf8").replace("Thanks to Ada.", "It saves 90 % here."));
  const tampered = await prepared(root);
  expect(tampered.ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the text says "It saves 90 % here."') });
}, 240_000);

it("pushes and opens with leave alone; the picture goes to a branch of its own where others can see it", async () => {
  const root = await project([freeLines]);
  const bare = remote(root);
  const heads = () => execFileSync("git", ["--git-dir", bare, "for-each-ref", "--format=%(refname:short)"], { encoding: "utf8" });
  const gh = fakeGh("PUBLIC");
  const before = theirs(root);
  const { ended } = await prepared(root, [], gh.env);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect([heads().trim(), gh.calls()]).toEqual(["main", []]);
  const { ended: opened, answer } = await prepared(root, ["--open", "--assets"], gh.env);
  expect(opened.exitCode, opened.stderr).toBe(0);
  const [one] = answer?.pullRequests ?? [];
  expect(one).toMatchObject({ state: "opened", address: "https://github.com/me/shop/pull/7" });
  expect(heads().trim().split("\n")).toEqual(["main", "mem/free-lines-in-main-before-the-peak", "pr-assets"]);
  const body = readFileSync(one?.files.body ?? "", "utf8");
  const [, commit = "", path = ""] =
    /!\[.*\]\(https:\/\/raw\.githubusercontent\.com\/me\/shop\/([0-9a-f]{40})\/(.*)\)/.exec(body) ?? [];
  const stored = execFileSync("git", ["--git-dir", bare, "cat-file", "blob", `${commit}:${path}`]);
  expect(stored.equals(readFileSync(one?.files.picture ?? ""))).toBe(true);
  expect(execFileSync("git", ["--git-dir", bare, "log", "--format=%P", "pr-assets"], { encoding: "utf8" }).trim()).toBe("");
  expect(gh.calls().at(-1)).toMatch(
    /^pr create --draft --base main --head mem\/free-lines-in-main-before-the-peak --title mem: free lines/,
  );
  expect(theirs(root)).toBe(before);
}, 180_000);

it("shows no picture of a private repository, and says what to do by hand without gh", async () => {
  const root = await project([freeLines]);
  remote(root);
  const secret = fakeGh("PRIVATE");
  const { answer, ended } = await prepared(root, ["--push", "--assets"], secret.env);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(answer?.pullRequests[0]).toMatchObject({ state: "pushed", notes: [expect.stringContaining("is private")] });
  expect(readFileSync(answer?.pullRequests[0]?.files.body ?? "", "utf8")).not.toContain("![");
  const folder = mkdtempSync(join(tmpdir(), "only-git-"));
  made.push(folder);
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  execFileSync("ln", ["-s", git, join(folder, "git")]);
  const without = await prepared(root, ["--open"], { PATH: folder });
  expect(without.ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("gh pr create --draft --base main") });
}, 180_000);

it("puts a change that does nothing by itself with what it was made on, and leaves a branch of the user's alone", async () => {
  const root = await project([
    freeLines,
    {
      file: "text.py",
      summary: "say what load does",
      edit: ["def load(n):\n", "def load(n):\n    # one text a line\n"],
      gainMib: 0.5,
    },
  ]);
  userGit(root, "branch", "mem/free-lines-in-main-before-the-peak", "main");
  const { ended, answer } = await prepared(root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stderr).toContain("it does not stand by itself (no difference above");
  expect(answer?.pullRequests).toHaveLength(1);
  expect(answer?.pullRequests[0]?.experiments).toEqual([1, 2]);
  expect(answer?.pullRequests[0]?.notes[0]).toContain("was not made from here");
  expect(userGit(root, "rev-parse", "mem/free-lines-in-main-before-the-peak")).toBe(userGit(root, "rev-parse", "main"));
}, 180_000);

it("says what is wrong: nothing kept, a base that moved on, no such base", async () => {
  const bare = repository(twoWastes);
  made.push(bare);
  expect(await run(["pr"], bare)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("No session has kept a change") });
  const root = await project([freeLines]);
  expect(await run(["pr", "--base", "nowhere"], root)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("no commit nowhere"),
  });
  writeFiles(root, { "app.py": `${twoWastes["app.py"]}\n# more\n` });
  userGit(root, "commit", "-qam", "moved on");
  const ended = await run(["pr"], root);
  expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("app.py changed on main since the session began") });
  expect(userGit(root, "branch", "--list", "mem/*")).toBe("");
});
