import { welcome } from "../../records/welcome.ts";
import { commands } from "../commands.ts";
import { firstLook } from "../first-look.ts";
import { talk } from "./talk.ts";

/** The bare command: what this is, and what to type in this folder. Runs nothing of the project. */
export async function run({ cwd, version }: { cwd: string; version: string }): Promise<number> {
  const others = commands.map((it) => it.name).filter((it) => it !== "profile" && it !== "optimize");
  talk({}).say(welcome(await firstLook(cwd), version, others));
  return 0;
}
