import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type ProbeResult, probeNames } from "../../vocabulary/isolation.ts";
import { cacheFolder } from "../disk/cache.ts";
import type { Confinement } from "./confinement.ts";
import { ownMarker } from "./orphans.ts";
import { real } from "./places.ts";
import { pythonFolder } from "./python-folder.ts";
import { runProcess } from "./run.ts";

const Answer = z.record(z.enum(probeNames), z.boolean());

/** What the probes came to; `why`: they could not be run under that wrapper, and what it said. */
export type Probed = { results: ProbeResult[]; why: string | null };

/** What is laid out for the probes, in the places where the real things lie. */
interface Bait {
  /** Of the run's own environment, as far as it is let through. */
  secret: string;
  /** A word in the arguments of another program, and one in its environment. */
  stranger: string;
  strangerSecret: string;
  /** A repository with a tree of ours in it, as a session has them. */
  repository: string;
  tree: string;
  hook: string;
  /** A folder of the user's that has nothing to do with the run. */
  away: string;
  key: string;
  port: number;
  socket: string;
  takeAway(): void;
}

/**
 * Runs a program under a confinement that tries all that it should be kept from. Its environment is made by `environment` from one
 * with a secret in it. Writes are believed only where they reached the machine: in a sandbox a file may lie in memory.
 */
export async function runProbes(
  confinement: Confinement,
  environment: (ours: Record<string, string | undefined>) => Record<string, string>,
): Promise<Probed> {
  const scratch = real(mkdtempSync(join(tmpdir(), "codeflash-memory-probes-"))) as string;
  const bait = await layOut(scratch);
  try {
    const outside = join(bait.away, "outside");
    const plan = {
      secret: bait.secret,
      keys: [bait.key, ...realKeys()],
      outside,
      stranger: bait.stranger,
      strangerSecret: bait.strangerSecret,
      link: join(bait.tree, "link"),
      hook: bait.hook,
      port: bait.port,
      sockets: [bait.socket, ...realSockets.filter((it) => existsSync(it))],
    };
    const planPath = join(bait.tree, "plan.json");
    writeFileSync(planPath, JSON.stringify(plan));
    const [stdoutPath, stderrPath] = [join(scratch, "stdout"), join(scratch, "stderr")];
    await runProcess({
      argv: [confinement.python, join(pythonFolder, "isolation/probes.py"), planPath],
      cwd: bait.tree,
      env: environment({ ...process.env, DEPLOY_TOKEN: bait.secret }),
      stdoutPath,
      stderrPath,
      timeoutMs: 30_000,
      marker: `${ownMarker("-probes")}-${randomUUID()}`,
      confinement,
      grounds: { writable: [bait.tree], readOnly: [bait.repository], shown: [] },
    });
    const answer = Answer.safeParse(json(readFileSync(stdoutPath, "utf8")));
    if (!answer.success) return { results: [], why: reason(readFileSync(stderrPath, "utf8")) };
    const reached: Record<string, string> = {
      "write outside of its tree": outside,
      "write through a link out of its tree": join(bait.away, "through-link"),
      "write a git hook of the repository": bait.hook,
    };
    const open = (name: (typeof probeNames)[number]) => existsSync(reached[name] ?? "/") && answer.data[name] === true;
    return { results: probeNames.map((name) => ({ name, open: open(name) })), why: null };
  } finally {
    bait.takeAway();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function layOut(scratch: string): Promise<Bait> {
  const [secret, stranger, strangerSecret] = ["own", "stranger", "its"].map((it) => `${it}-${randomUUID()}`) as [
    string,
    string,
    string,
  ];
  const repository = join(scratch, "repository");
  const tree = join(repository, ".git/codeflash/trees/bait");
  const hooks = join(repository, ".git/hooks");
  const home = cacheFolder("isolation");
  const keys = join(home, "secret");
  mkdirSync(keys, { recursive: true });
  const away = real(mkdtempSync(join(home, "away-"))) as string;
  for (const folder of [tree, hooks]) mkdirSync(folder, { recursive: true });
  symlinkSync(join(away, "through-link"), join(tree, "link"));
  const key = join(keys, `id_${randomUUID()}`);
  writeFileSync(key, secret);
  const socket = join(away, "s");
  const servers = [await listening({ port: 0, host: "127.0.0.1" }), await listening({ path: socket })];
  const address = servers[0]?.address();
  const program = bystander(stranger, strangerSecret);
  return {
    secret,
    stranger,
    strangerSecret,
    repository,
    tree,
    hook: join(hooks, "post-checkout"),
    away,
    key,
    port: typeof address === "object" && address ? address.port : 0,
    socket,
    takeAway: () => {
      for (const server of servers) server.close();
      program.kill("SIGKILL");
      for (const path of [away, key]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function listening(where: { port: number; host: string } | { path: string }): Promise<Server> {
  const server = createServer((peer: Socket) => peer.on("error", () => undefined).end("x"));
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(where, () => done(server));
  });
}

/** Another program of the user's, which waits for nothing. */
const bystander = (name: string, secret: string): ChildProcess =>
  spawn("/bin/sh", ["-c", "read nothing", name], { stdio: ["pipe", "ignore", "ignore"], env: { TOKEN: secret } });

const realSockets = ["/run/dbus/system_bus_socket", "/run/docker.sock", "/run/systemd/journal/stdout"];

/** The user's own keys, as far as there are some: they are opened, and nothing is done with them. */
function realKeys(): string[] {
  const folder = join(homedir(), ".ssh");
  try {
    return readdirSync(folder)
      .filter((it) => it.startsWith("id_") && !it.endsWith(".pub"))
      .map((it) => join(folder, it));
  } catch {
    return [];
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The first sentence of its last line. */
const reason = (stderr: string): string => stderr.trim().split("\n").at(-1)?.split(". ")[0]?.slice(0, 200) || "it said nothing";
