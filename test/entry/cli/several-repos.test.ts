import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { OptimizeOutput } from "../../../src/entry/output.ts";
import { snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { python, run } from "./program.ts";

/** `app` and `feed` side by side, each a repository, `feed` installed by a path file as `pip install -e` leaves one. */
function checkouts(): { app: string; feed: string; interpreter: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "two repos ")));
  for (const name of ["app", "feed"]) {
    const [from, to] = [join("examples/two-repos", name), join(folder, name)];
    for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
      if (!statSync(join(from, file)).isFile() || /__pycache__/.test(file)) continue;
      mkdirSync(dirname(join(to, file)), { recursive: true });
      writeFileSync(join(to, file), readFileSync(join(from, file)));
    }
    userGit(to, "init", "-q", "-b", "main");
    userGit(to, "add", "-A");
    userGit(to, "commit", "-q", "-m", "start");
  }
  const [app, feed] = [join(folder, "app"), join(folder, "feed")];
  const venv = join(folder, "venv");
  execFileSync(python, ["-m", "venv", "--without-pip", venv]);
  const interpreter = join(venv, "bin/python");
  const purelib = (executable: string) =>
    execFileSync(executable, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], { encoding: "utf8" }).trim();
  writeFileSync(join(purelib(interpreter), "feed.pth"), `${feed}\n${purelib(python)}\n`);
  return { app, feed, interpreter };
}

describe("two repositories", () => {
  let place: ReturnType<typeof checkouts>;
  let answer: OptimizeOutput;
  let stderr: string;
  let before: string[];
  beforeAll(async () => {
    place = checkouts();
    before = [snapshot(place.app), snapshot(place.feed)];
    const words = ["optimize", "main.py", "--python", place.interpreter, "--repos", "../feed", "--pairs", "2", "--allow", "slow"];
    const ended = await run([...words, "--json", "--full"], place.app);
    expect(ended.exitCode, ended.stderr).toBe(0);
    answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
    stderr = ended.stderr;
  }, 240_000);

  it("are worked on in one session: what is kept stands in whichever repository it belongs to", () => {
    expect(stderr).toContain("2 repositories");
    expect(stderr).not.toContain("was not moved");
    const kept = answer.experiments.filter((it) => it.status === "keep").map((it) => it.description);
    expect(kept.length).toBeGreaterThanOrEqual(2);
    const [head = "", feedHead = ""] = answer.head.split("+");
    expect(userGit(place.app, "rev-parse", "codeflash/optimize").trim()).toBe(head);
    expect(userGit(place.feed, "rev-parse", "codeflash/optimize").trim()).toBe(feedHead);
    expect(userGit(place.app, "diff", "--name-only", "main", head).trim()).toBe("main.py");
    expect(userGit(place.feed, "diff", "--name-only", "main", feedHead).trim()).toBe("feed.py");
    for (const repository of [place.app, place.feed])
      expect(userGit(repository, "tag", "--points-at", "codeflash/optimize").trim()).toMatch(/^codeflash\/optimize-v\d+$/m);
    expect((answer.heapPeakBytes.after ?? 0) / (answer.heapPeakBytes.before ?? 1)).toBeLessThan(0.9);
  });

  it("stay as the user has them, and the records lie where the command stood", () => {
    expect([snapshot(place.app), snapshot(place.feed)]).toEqual(before);
    expect(readdirSync(place.feed)).not.toContain(".codeflash");
    const handoff = readFileSync(answer.records.handoff, "utf8");
    expect(handoff).toContain(`- ${dirname(place.app)}/app\n- ${dirname(place.app)}/feed`);
    const patches = answer.experiments
      .filter((it) => it.status === "keep")
      .map((it) => {
        const number = String(it.number).padStart(3, "0");
        return readFileSync(join(place.app, ".codeflash/experiments", number, "patch.diff"), "utf8");
      });
    expect(patches.join("")).toMatch(/^--- a\/app\/main\.py$/m);
    expect(patches.join("")).toMatch(/^--- a\/feed\/feed\.py$/m);
  });
});
