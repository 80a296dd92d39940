import { expect, it } from "vitest";
import { refusal } from "../../../src/entry/dashboard/guard.ts";
import { withStop } from "../../../src/entry/dashboard/steer.ts";

const ours = { port: 4545, token: "secret-token" };
const own = { method: "POST", host: "127.0.0.1:4545", origin: "http://127.0.0.1:4545", site: "same-origin", token: ours.token };

it("answers our own page and nobody else", () => {
  expect(refusal(own, ours)).toBeNull();
  expect(refusal({ ...own, method: "GET", origin: undefined, site: "none" }, ours)).toBeNull();
  for (const change of [
    { host: undefined },
    { host: "evil.example:4545" },
    { host: "127.0.0.1:4546" },
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:4545" },
    { origin: undefined },
    { site: "cross-site" },
    { token: undefined },
    { token: "" },
    { token: "secret-tokem" },
    { token: "secret-token2" },
  ])
    expect(refusal({ ...own, ...change }, ours), JSON.stringify(change)).not.toBeNull();
});

it("says stop in guidance.md and takes it back, and leaves every other word", () => {
  const block = '# Hints\n\n```toml\navoid = ["a.py"]\n```\n\nMind the cache.\n';
  const stopped = withStop(block, true);
  expect(stopped).toContain('stop = true\navoid = ["a.py"]\n');
  expect(withStop(stopped, true)).toBe(stopped);
  expect(withStop(stopped, false)).toBe(block);
  expect(withStop("", true)).toBe("```toml\nstop = true\n```\n");
  expect(withStop("only words", true)).toContain("only words");
  expect(withStop("only words", false)).toBe("only words");
});
