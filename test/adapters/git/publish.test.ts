import { rmSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { fetched, githubSlug, placeBranch, remoteOf } from "../../../src/adapters/git/publish.ts";
import { makeRepository, snapshot, userGit } from "./user-tree.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

it.each([
  ["https://github.com/me/shop.git", "me/shop"],
  ["https://token@github.com/me/shop", "me/shop"],
  ["git@github.com:me/shop.tools.git", "me/shop.tools"],
  ["ssh://git@github.com/me/shop.git", "me/shop"],
  ["https://github.com.evil.example/me/shop.git", null],
  ["https://gitlab.com/me/shop.git", null],
  ["/srv/github.com/me/shop", null],
])("%s is %s at GitHub", (address, slug) => expect(githubSlug(address)).toBe(slug));

it("makes a branch and moves its own, but none of the user's and none that is checked out", async () => {
  const root = makeRepository({ "a.py": "1\n" });
  made.push(root);
  const first = userGit(root, "rev-parse", "HEAD");
  userGit(root, "commit", "-q", "--allow-empty", "-m", "second");
  const second = userGit(root, "rev-parse", "HEAD");
  const before = snapshot(root);
  expect(await placeBranch(root, "mem/x", first, null)).toBeNull();
  expect(await placeBranch(root, "mem/x", first, null)).toBeNull();
  expect(await placeBranch(root, "mem/x", second, null)).toContain("was not made from here");
  expect(await placeBranch(root, "mem/x", second, first)).toBeNull();
  expect(userGit(root, "rev-parse", "mem/x")).toBe(second);
  expect(snapshot(root).replace(/\nrefs\/heads\/mem\/x .*/, "")).toBe(before);
  userGit(root, "switch", "-q", "mem/x");
  expect(await placeBranch(root, "mem/x", first, second)).toContain("is checked out in");
  expect(await remoteOf(root, "main")).toBeNull();
  expect(await fetched(root, "nowhere", "main", "refs/codeflash/x")).toBeNull();
});
