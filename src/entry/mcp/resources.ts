import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type McpServer, ResourceNotFoundError, ResourceTemplate } from "@modelcontextprotocol/server";
import { cacheFolder } from "../../adapters/disk/cache.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { stageTables } from "../../records/stage-tables.ts";
import { summary } from "../../records/summary.ts";
import { folderOfProject } from "../compose.ts";
import { answerScheme } from "./answers.ts";
import type { House } from "./house.ts";

interface Page {
  name: string;
  title: string;
  mimeType: string;
  read(house: House): Promise<string | null>;
}

const inFolder =
  (name: string) =>
  async ({ cwd }: House): Promise<string | null> => {
    const root = (await openRepository(cwd))?.root ?? folderOfProject(cwd);
    return readFile(join(root, ".codeflash", name), "utf8").catch(() => null);
  };

/** What can be read of a project's sessions; null: there is nothing yet. */
const pages: readonly Page[] = [
  { name: "handoff", title: "HANDOFF.md: where the work stands", mimeType: "text/markdown", read: inFolder("HANDOFF.md") },
  {
    name: "results",
    title: "results.tsv: one row an experiment",
    mimeType: "text/tab-separated-values",
    read: inFolder("results.tsv"),
  },
  {
    name: "tables",
    title: "The per-stage tables of the open session",
    mimeType: "text/markdown",
    read: async ({ agent }) => (agent ? stageTables(agent.state().profiles) : null),
  },
  {
    name: "summary",
    title: "The summary of the session",
    mimeType: "text/markdown",
    read: async (house) => (house.agent ? summary(house.agent.state()) : inFolder("summary.md")(house)),
  },
];

const nothing = "(nothing yet: no session has run here)";

export function addResources(server: McpServer, house: House): void {
  for (const { name, title, mimeType, read } of pages) {
    const uri = `codeflash-memory://${name}`;
    server.registerResource(name, uri, { title, mimeType }, async () => ({
      contents: [{ uri, mimeType, text: (await read(house)) ?? nothing }],
    }));
  }
  const answers = new ResourceTemplate(`${answerScheme}{name}`, { list: undefined });
  server.registerResource(
    "answers",
    answers,
    { title: "All of an answer that was cut", mimeType: "application/json" },
    async (uri, { name }) => {
      const text = /^[0-9a-f]{16}\.json$/.test(String(name)) ? await wholeAnswer(String(name)) : null;
      if (text === null) throw new ResourceNotFoundError(uri.href);
      return { contents: [{ uri: uri.href, mimeType: "application/json", text }] };
    },
  );
}

const wholeAnswer = (name: string): Promise<string | null> =>
  readFile(join(cacheFolder("answers"), name), "utf8").catch(() => null);
