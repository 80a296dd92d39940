import { basename } from "node:path";
import { Failure } from "../../vocabulary/failure.ts";
import { dashboard } from "../dashboard/server.ts";
import type { Invocation } from "../invocation.ts";
import { outputVersion, type ServeOutput } from "../output.ts";
import { repositoryHere } from "../repository-here.ts";
import { talk } from "./talk.ts";

/** `serve`: the live page on the loopback address, until Ctrl-C. */
export async function run({ cwd, flags }: Invocation): Promise<number> {
  const out = talk(flags);
  const repository = await repositoryHere(cwd, "Stand in the project whose sessions you want to see.");
  const port = flags["port"] ?? 0;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure("wrong-use", `--port ${port} is no port.`, "Give a number from 1 to 65535, or leave it out.");
  const { root, commonDir } = repository;
  const served = await dashboard({ root, commonDir, project: basename(root), port });
  out.say([`Open ${served.url}`, "  Only this machine can reach it. Ctrl-C ends it; the sessions go on."]);
  const answer: ServeOutput = { schema: outputVersion, command: "serve", url: served.url };
  await out.answer(answer);
  await new Promise<void>((done) => {
    process.once("SIGINT", done);
    process.once("SIGTERM", done);
  });
  await served.close();
  return 0;
}
