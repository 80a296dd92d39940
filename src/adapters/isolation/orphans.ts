import { readlinkSync } from "node:fs";
import { startTime } from "../disk/lock.ts";
import { endMarked } from "./run.ts";

/** What a process id is unique within; a constant where the system does not tell. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

const ownerIn = /^cm[^@]*@(\d+)\.(\d+)\.(\d+)/;

let own: string | null = null;

/** The marker of this process's runs, less what tells one from another: `what` they are, and who started them. */
export function ownMarker(what = ""): string {
  own ??= `@${pidNamespace()}.${process.pid}.${startTime(process.pid)}`;
  return `cm${what}${own}`;
}

/**
 * Ends what runs of ours left behind whose starter was killed: as mere processes they go on without it. Another that lives keeps its
 * own, and so does one of which we see but the runs, in a container. Returns how many processes there were.
 */
export function sweepOrphans(): Promise<number> {
  const namespace = pidNamespace();
  return endMarked((marker) => {
    const [, theirs, pid, began] = ownerIn.exec(marker) ?? [];
    return theirs === namespace && startTime(Number(pid)) !== began;
  });
}
