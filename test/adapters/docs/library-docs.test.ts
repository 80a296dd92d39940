import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { libraryDocs } from "../../../src/adapters/docs/library-docs.ts";

const signal = new AbortController().signal;

/** A real server in a process of its own, and what it was sent. */
function server(kind: "ids" | "search" | "other") {
  const log = join(mkdtempSync(join(tmpdir(), "docs-")), "sent.jsonl");
  const address: [string, ...string[]] = [process.execPath, resolve("test/adapters/docs/docs-server.mjs"), log, kind];
  const sent = () =>
    existsSync(log)
      ? readFileSync(log, "utf8")
          .trimEnd()
          .split("\n")
          .map((it) => JSON.parse(it))
      : [];
  return { ask: (library: string, topic: string) => libraryDocs({ address, signal }, library, topic), sent };
}

describe("a documentation server", () => {
  it("that names libraries in its own way is asked for the name first, and sent two words and no key", async () => {
    process.env["SECRET_KEY"] = "hunter2";
    const { ask, sent } = server("ids");
    const said = await ask("pandas", "read_csv in chunks");
    expect(said).toContain("chunksize gives an iterator");
    expect(said.length).toBeLessThanOrEqual(20_000);
    expect(sent()).toEqual([
      { name: "resolve-library-id", args: { libraryName: "pandas" }, keys: [] },
      {
        name: "get-library-docs",
        args: { context7CompatibleLibraryID: "/pandas-dev/pandas", topic: "read_csv in chunks" },
        keys: [],
      },
    ]);
    expect(await ask("pandsa", "x")).toBe("The server knows no library pandsa: nothing was found");
    delete process.env["SECRET_KEY"];
  });

  it("that only searches gets both words in its one text", async () => {
    const { ask, sent } = server("search");
    expect(await ask("numpy", "memmap")).toBe("found it");
    expect(sent()).toMatchObject([{ args: { query: "numpy memmap" } }]);
    expect(await ask("numpy", "fail")).toBe("The server could not answer: no index");
  });

  it("that cannot be asked is a sentence", async () => {
    expect(await server("other").ask("numpy", "x")).toContain("no tool that looks documentation up: weather");
    const gone = (address: string | [string]) => libraryDocs({ address, signal }, "numpy", "x");
    expect(await gone(["no-such-command-anywhere"])).toContain("did not answer");
    expect(await gone("http://127.0.0.1:9/mcp")).toContain("did not answer");
  });

  it("is left at once when it is told to stop", async () => {
    const stop = new AbortController();
    stop.abort();
    const address: [string, ...string[]] = [process.execPath, "-e", "setTimeout(() => {}, 60000)"];
    await expect(libraryDocs({ address, signal: stop.signal }, "numpy", "x")).rejects.toMatchObject({ code: "interrupted" });
  });
});
