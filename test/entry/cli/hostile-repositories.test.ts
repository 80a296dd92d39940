import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OptimizeOutput } from "../../../src/entry/output.ts";
import { snapshot, userGit, writeFiles } from "../../adapters/git/user-tree.ts";
import { python, repository, run, tiny } from "./program.ts";

const optimize = ["optimize", "app.py", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"];
const folder = (name: string) => realpathSync(mkdtempSync(join(tmpdir(), name)));

/** A program that leaves its name in a folder outside, and hands on what it is given. */
function trap(outside: string, name: string): string {
  const path = join(outside, "traps", name);
  mkdirSync(join(outside, "traps"), { recursive: true });
  writeFileSync(path, `#!/bin/sh\ntouch "${join(outside, `sprung-${name}`)}"\ncat\nexit 0\n`);
  chmodSync(path, 0o755);
  return `"${path}"`.replaceAll('"', "'");
}
const sprung = (outside: string) => readdirSync(outside).filter((it) => it.startsWith("sprung-"));

/** A commit with a signature, which `log.showSignature` has a program of the configuration look at. */
function signHead(root: string): void {
  const text = userGit(root, "cat-file", "-p", "HEAD").replace(
    /^(committer .*)$/m,
    "$1\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----",
  );
  const signed = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], { cwd: root, input: `${text}\n` });
  userGit(root, "update-ref", "HEAD", signed.toString().trim());
}

describe("a hostile repository", () => {
  it("gets none of the programs run that its git configuration names", async () => {
    const outside = folder("outside-");
    const root = repository({
      ...tiny,
      "README.md": "old words\n",
      ".gitattributes": "* filter=evil diff=evil merge=evil\n*.bin filter=a.b\n",
      "in.bin": "data\n",
    });
    const old = userGit(root, "rev-parse", "HEAD:README.md");
    writeFiles(root, { "README.md": "new words\n" });
    userGit(root, "commit", "-qam", "second");
    signHead(root);
    rmSync(join(root, ".git/objects", old.slice(0, 2), old.slice(2))); // whoever wants it asks the promisor
    const at = (name: string) => trap(outside, name);
    const hooks = join(outside, "hooks");
    mkdirSync(hooks);
    for (const name of ["post-checkout", "post-index-change", "reference-transaction", "pre-commit", "fsmonitor-watchman"])
      execFileSync("cp", [at(name).slice(1, -1), join(hooks, name)]);
    appendFileSync(
      join(root, ".git/config"),
      `[core]
	repositoryformatversion = 1
	hooksPath = ${hooks}
	fsmonitor = ${at("fsmonitor")}
	pager = ${at("pager")}
	editor = ${at("editor")}
	sshCommand = ${at("ssh")}
	askPass = ${at("askpass")}
	gitProxy = ${at("proxy")}
	alternateRefsCommand = ${at("alternates")}
[filter "evil"]
	clean = ${at("clean")}
	smudge = ${at("smudge")}
	required = true
[filter "a.b"]
	process = ${at("process")}
[diff]
	external = ${at("external-diff")}
[diff "evil"]
	command = ${at("diff-driver")}
	textconv = ${at("textconv")}
[merge "evil"]
	driver = ${at("merge-driver")}
[gpg]
	program = ${at("gpg")}
[log]
	showSignature = true
[commit]
	gpgSign = true
[credential]
	helper = ${at("credential")}
[pager]
	log = ${at("pager-log")}
	diff = true
[extensions]
	partialClone = origin
[remote "origin"]
	url = ${join(outside, "no-such-repository")}
	uploadpack = ${at("upload-pack")}
	promisor = true
[uploadpack]
	packObjectsHook = ${at("pack-objects")}
`,
    );
    writeFileSync(join(root, "in.bin"), "what the user has of it\n");
    const before = snapshot(root);
    const ended = await run(optimize, root);
    expect(sprung(outside)).toEqual([]);
    const { experiments, base } = OptimizeOutput.parse(JSON.parse(ended.stdout));
    expect(experiments, ended.stderr).toMatchObject([{ status: "keep" }]);
    const others = [["status"], ["doctor", "--python", python], ["journal", "verify"]];
    for (const words of [...others, ["compare", base, "codeflash/optimize", "--target", "app.py", "--python", python]])
      expect((await run(words, root)).exitCode, words.join(" ")).toBe(0);
    expect(sprung(outside)).toEqual([]);
    expect(snapshot(root)).toBe(before);
    // The traps do work where they are stepped on.
    execFileSync("git", ["status"], { cwd: root, stdio: "ignore" });
    expect(sprung(outside)).toContain("sprung-fsmonitor");
  }, 180_000);

  it("is refused a filter whose name keeps it from being switched off", async () => {
    const root = repository(tiny);
    appendFileSync(join(root, ".git/config"), `[filter "a=b"]\n\tsmudge = touch "${join(root, "sprung")}"\n`);
    const ended = await run(optimize, root);
    expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("a filter with the name a=b") });
    expect(existsSync(join(root, "sprung"))).toBe(false);
  }, 60_000);

  it("leads none of our records out of the project by a link that it brings", async () => {
    const outside = folder("outside-");
    writeFiles(outside, { "mine.txt": "precious\n" });
    const linked = (links: Record<string, string>) => {
      const root = repository({ ...tiny, ".codeflash/experiments/001/log": "old\n" });
      for (const [link, target] of Object.entries(links)) {
        rmSync(join(root, link), { recursive: true, force: true });
        symlinkSync(target, join(root, link));
      }
      userGit(root, "add", "-A", "-f");
      userGit(root, "commit", "-q", "-m", "links");
      return root;
    };
    const untouched = () => {
      expect(readdirSync(outside)).toEqual(["mine.txt"]);
      expect(readFileSync(join(outside, "mine.txt"), "utf8")).toBe("precious\n");
    };
    const files = Object.fromEntries(
      ["HANDOFF.md", "results.tsv", "report.html", "learnings.md"].map((it) => [`.codeflash/${it}`, join(outside, "mine.txt")]),
    );
    const replaced = linked({
      ...files,
      ".codeflash/.gitignore": join(outside, "made-by-us"),
      ".codeflash/experiments": outside,
    });
    const ended = await run(optimize, replaced);
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(lstatSync(join(replaced, ".codeflash/HANDOFF.md")).isFile()).toBe(true);
    expect(readdirSync(join(replaced, ".codeflash/experiments"))).toEqual(["001"]);
    untouched();
    for (const link of [".codeflash", ".codeflash/history"]) {
      const refused = await run(optimize, linked({ [link]: outside }));
      expect(refused.exitCode, refused.stderr).toBe(4);
      expect(refused.stderr).toMatch(/is a link, not a folder\.\n {2}Rename it/);
      untouched();
    }
  }, 120_000);
});
