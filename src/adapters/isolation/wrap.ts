import { inNamespaces } from "./bubblewrap.ts";
import { type Confinement, type Grounds, nowhere, type Wrapped } from "./confinement.ts";
import { underLandlock } from "./landlock.ts";

interface Command {
  argv: readonly string[];
  cwd: string;
  confinement?: Confinement | undefined;
  grounds?: Grounds | undefined;
  memoryLimitBytes?: number | undefined;
}

/** A data segment of this many times the memory limit is the last line, for what grows faster than anybody can look. */
const dataRatio = 2;

/** The command with all that stands around it; the same command, confinement and grounds give the same wrapper. */
export function wrap({ argv, cwd, confinement, grounds = nowhere, memoryLimitBytes }: Command): Wrapped {
  const inner = wrapped(argv, cwd, confinement, grounds);
  if (process.platform === "win32") return inner;
  const limit =
    memoryLimitBytes === undefined ? "" : `ulimit -d ${Math.ceil((dataRatio * memoryLimitBytes) / 1024)} 2>/dev/null; `;
  return { ...inner, argv: ["/bin/sh", "-c", `${limit}${victim}exec "$@"`, "sh", ...inner.argv] };
}

/** Out of memory, the kernel is to end the target and not us. It is inherited, so it stands before all else. */
const victim = process.platform === "linux" ? "echo 1000 2>/dev/null >/proc/self/oom_score_adj; " : "";

function wrapped(argv: readonly string[], cwd: string, confinement: Confinement | undefined, grounds: Grounds): Wrapped {
  switch (confinement?.rung) {
    case "namespaces":
      return inNamespaces(argv, cwd, confinement, grounds);
    case "landlock":
      return underLandlock(argv, confinement, grounds);
    default:
      return { argv: [...argv], wrappers: 0 };
  }
}
