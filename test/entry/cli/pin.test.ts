import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { PinOutput } from "../../../src/entry/output.ts";
import { limitFor, memoryTest, memoryTestName } from "../../../src/records/memory-test.ts";
import { snapshot, userGit, writeFiles } from "../../adapters/git/user-tree.ts";
import { python, repository, run, wasteful } from "./program.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const lean = {
  ...wasteful,
  "work.py": (wasteful["work.py"] ?? "").replace("    table = {}\n", "    del lines\n    table = {}\n"),
};

it("leaves a test that passes, fails where the gain is reverted, and says so of itself", async () => {
  const root = repository(wasteful);
  made.push(root);
  writeFiles(root, lean);
  userGit(root, "commit", "-qam", "lean");
  const before = snapshot(root);
  const words = ["pin", "work:main", "--args", "40_000", "--against", "HEAD~1", "--python", python, "--json"];
  const ended = await run(words, root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const { file, peakMib, limitMib, against } = PinOutput.parse(JSON.parse(ended.stdout));
  expect(against).toMatchObject({ ref: "HEAD~1", fails: true });
  expect(limitMib).toBeGreaterThan(peakMib);
  expect(limitMib).toBeLessThan(against?.peakMib ?? 0);
  const pytest = () => spawnSync(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", file], { cwd: root, encoding: "utf8" });
  expect(pytest().status).toBe(0);
  writeFiles(root, { "work.py": wasteful["work.py"] ?? "" });
  const reverted = pytest();
  expect(reverted.status).toBe(1);
  expect(reverted.stdout).toMatch(/the heap of work:main\(40_000\) peaks at [\d.]+ MiB, its limit is/);
  writeFiles(root, { "work.py": lean["work.py"] });
  expect(pytest().status).toBe(0);
  expect(existsSync(file)).toBe(true);
  rmSync(file);
  rmSync(join(root, "__pycache__"), { recursive: true, force: true });
  expect(snapshot(root).replaceAll(/work\.py \d+ [\d.]+/g, "")).toBe(before.replaceAll(/work\.py \d+ [\d.]+/g, ""));
}, 120_000);

it("measures a test's body and a script, and says when nothing was gained", async () => {
  const root = repository(wasteful);
  made.push(root);
  writeFiles(root, { "test_large.py": "import work\n\n\ndef test_large():\n    assert work.main(20_000)[0] == 20_000\n" });
  userGit(root, "add", "-A");
  userGit(root, "commit", "-qm", "a larger test");
  const test = await run(["pin", "test_large.py::test_large", "--python", python, "--json"], root);
  expect(test.exitCode, test.stderr).toBe(0);
  expect(PinOutput.parse(JSON.parse(test.stdout)).peakMib).toBeGreaterThan(3);
  const script = await run(["pin", "app.py", "--against", "HEAD~1", "--python", python, "--json"], root);
  expect(script.exitCode).toBe(1);
  expect(PinOutput.parse(JSON.parse(script.stdout)).against?.fails).toBe(false);
}, 120_000);

it("replaces no file of the user's, and says that a target fails", async () => {
  const root = repository(wasteful);
  made.push(root);
  writeFileSync(join(root, "mine.py"), "# mine\n");
  const refused = await run(["pin", "app.py", "--out", "mine.py", "--python", python], root);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("was not written by this program") });
  expect(readFileSync(join(root, "mine.py"), "utf8")).toBe("# mine\n");
  const failing = await run(["pin", "work:nothing", "--python", python], root);
  expect(failing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("nothing") });
});

it("keeps its limit below the peak that must not come back, and a name inside its text", () => {
  expect([limitFor(10, null), limitFor(1, null), limitFor(10, 10.4), limitFor(100, 400)]).toEqual([11, 1.5, 10.2, 110]);
  expect(memoryTestName("tests/test_a.py::test_b[x-1]")).toBe("test_memory_tests_test_a_test_b_x_1.py");
  const text = memoryTest('"""TARGET_NAME"""\nTARGET = {}\n', {
    target: { kind: "script", path: 'a"""\n.py', args: [] },
    targetName: 'a"""\n.py',
    folder: ".",
    limitMib: 1,
    command: "",
  });
  expect(text).toBe(
    '"""a\'\'\' .py"""\nTARGET = json.loads("{\\"kind\\":\\"script\\",\\"path\\":\\"a\\\\\\"\\\\\\"\\\\\\"\\\\n.py\\",\\"args\\":[]}")\n',
  );
});
