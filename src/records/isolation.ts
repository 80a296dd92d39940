import { levelOf } from "../method/isolation.ts";
import type { Isolation } from "../vocabulary/isolation.ts";

/** One line about how runs are kept apart: the rung, what the probes found, and why it is not a stronger one. */
export function isolationLine({ rung, network, probes, why }: Isolation): string {
  const open = probes.filter((it) => it.open).map((it) => it.name);
  const tried =
    probes.length === 0
      ? "not probed"
      : `${probes.length - open.length} of ${probes.length} probes blocked${open.length > 0 ? ` (open: ${open.join("; ")})` : ""}`;
  const claim = rung === "external" ? "; that this machine is a throw-away is your word" : "";
  return `${levelOf(rung)} ${rung}, network ${network ? "as it is" : "off"}: ${tried}${claim}${why === null ? "" : `; not stronger: ${why}`}`;
}
