import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { userGit, writeFiles } from "../adapters/git/user-tree.ts";
import { python, repository, wasteful } from "../entry/cli/program.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

interface Step {
  name: string;
  run: string;
  env: Record<string, string>;
}

const text = readFileSync("action.yml", "utf8");

/** The steps of action.yml: its shape is simple enough to be read line by line. */
function steps(): Step[] {
  return text
    .split(/^ {4}- name: /m)
    .slice(1)
    .map((part) => {
      const [name = "", ...lines] = part.split("\n");
      const run = lines.find((it) => it.startsWith("      run: "))?.slice("      run: ".length) ?? "";
      const env = lines.flatMap((it) => {
        const found = /^ {8}([A-Z_]+): (.*)$/.exec(it);
        return found ? [[found[1] as string, found[2] as string] as const] : [];
      });
      return { name, run, env: Object.fromEntries(env) };
    });
}

/** What stands for `${{ … }}`: the inputs with their defaults, and the event. */
function filled(value: string, given: Record<string, string>): string {
  return value.replaceAll(/\$\{\{ ([^}]*) \}\}/g, (_, name: string) => {
    if (!name.startsWith("inputs.")) return given[name] ?? "";
    const input = name.slice("inputs.".length);
    const known = new RegExp(`^  ${input}:\\n(?:    .*\\n)*?    default: (.*)$`, "m").exec(text)?.[1]?.replaceAll('"', "");
    return given[input] ?? filled(known ?? "", given);
  });
}

/** Runs all steps as the runner does: each in bash, with the files that it gives them. */
function ran(root: string, given: Record<string, string>, gh: string) {
  const temporary = mkdtempSync(join(tmpdir(), "runner-"));
  made.push(temporary);
  writeFileSync(join(temporary, "gh"), `#!/bin/sh\necho "$@" >> "${temporary}/calls"\n${gh}\n`);
  chmodSync(join(temporary, "gh"), 0o755);
  const results = steps().map((step) => {
    const env: Record<string, string> = Object.fromEntries(Object.entries(step.env).map(([key, it]) => [key, filled(it, given)]));
    return spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: `${temporary}:${process.env["PATH"]}`,
        VIRTUAL_ENV: "",
        GITHUB_ACTION_PATH: resolve("."),
        GITHUB_REPOSITORY: "me/shop",
        GITHUB_OUTPUT: join(temporary, "output"),
        GITHUB_STEP_SUMMARY: join(temporary, "summary"),
        RUNNER_TEMP: temporary,
        ...env,
      },
    });
  });
  const file = (name: string) => (existsSync(join(temporary, name)) ? readFileSync(join(temporary, name), "utf8") : "");
  return {
    results,
    output: file("output"),
    summary: file("summary"),
    calls: file("calls"),
    body: file("codeflash-memory/body.md"),
  };
}

function project(): { root: string; base: string } {
  const root = repository(wasteful);
  made.push(root);
  const base = userGit(root, "rev-parse", "HEAD");
  writeFiles(root, {
    "work.py": (wasteful["work.py"] ?? "").replace("return [", 'return ["x" * 100 + ').replace(" % i for", " % i for"),
  });
  userGit(root, "commit", "-qam", "longer lines");
  return { root, base };
}

describe("the action", () => {
  it("puts no input into the text of a shell: they come by the environment", () => {
    expect(steps().map((it) => it.run)).toEqual([
      'bash "$GITHUB_ACTION_PATH/action/build.sh"',
      'bash "$GITHUB_ACTION_PATH/action/compare.sh"',
      'bash "$GITHUB_ACTION_PATH/action/comment.sh"',
    ]);
  });

  it("compares a pull request with its base, comments once and then keeps the comment up to date, fails where it must", () => {
    const { root, base } = project();
    const given = {
      target: "app.py",
      python,
      pairs: "2",
      "fail-above": "5",
      "github.event.pull_request.base.sha": base,
      "github.event.pull_request.number": "12",
    };
    const first = ran(root, given, "");
    expect(
      first.results.map((it) => it.status),
      first.results.map((it) => it.stderr).join("\n"),
    ).toEqual([0, 1, 0]);
    expect(first.output).toMatch(/^change=higher\nbase-bytes=\d+\nhead-bytes=\d+\nresult=.*result\.json\n$/);
    expect(first.summary).toContain("### Peak memory of `app.py`");
    expect(first.body).toMatch(/^<!-- codeflash-memory [\d-]+ -->\n### Peak memory of `app.py`\n\nHead needs/);
    expect(first.calls.trim().split("\n").at(-1)).toMatch(/--method POST repos\/me\/shop\/issues\/12\/comments -F body=@/);
    const again = ran(root, { ...given, "fail-above": "" }, "case \"$*\" in *--paginate*) printf '77\\n78\\n';; esac");
    expect(again.results.map((it) => it.status)).toEqual([0, 0, 0]);
    expect(again.calls.trim().split("\n").at(-1)).toContain("--method PATCH repos/me/shop/issues/comments/77 ");
  }, 120_000);

  it("tells what went wrong without letting it be read as Markdown, and does not fail for a token that may not write", () => {
    const { root, base } = project();
    const given = {
      target: "gone <b>.py",
      python,
      "github.event.pull_request.base.sha": base,
      "github.event.pull_request.number": "12",
    };
    const { results, summary } = ran(root, given, "exit 1");
    expect(results.map((it) => it.status)).toEqual([0, 2, 0]);
    expect(summary).toMatch(/### Peak memory was not measured\n\n {4}codeflash-memory: There is no gone/);
    expect(results[2]?.stdout).toContain("::warning::");
    const without = ran(root, { target: "app.py", python }, "");
    expect(without.results[1]).toMatchObject({ status: 2, stdout: expect.stringContaining("::error::No base") });
  }, 60_000);
});
