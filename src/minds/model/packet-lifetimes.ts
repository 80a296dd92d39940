import { mib } from "../../records/mib.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import { typesOf } from "./packet-memory.ts";
import type { Site } from "./sites.ts";
import { cut } from "./text.ts";

/** The shortest path that keeps the objects alive, and long-lived containers with what would go with them. */
export function alive(site: Site, { profile, floorBytes }: Brief): string[] {
  const paths = typesOf(site, profile).flatMap((it) =>
    it.heldBy ? [`${it.type}: held by ${it.heldBy.path} (${it.heldBy.kind})`] : [],
  );
  const holders = (profile.census?.holders ?? [])
    .filter((it) => it.exclusiveBytes >= floorBytes)
    .map(
      (it) =>
        `${it.kind} ${it.owner}.${it.name} (${it.file}): ${mib(it.exclusiveBytes)} MiB go with it, ${it.length ?? "?"} elements`,
    );
  return [...holders, ...paths];
}

/** Names on the stack at the peak: live, in use or dead, what goes with each, and whether a `del` is provable. */
export function liveness(site: Site, { profile, facts, floorBytes }: Brief): string[] {
  const locals = profile.census?.locals.filter((it) => it.exclusiveBytes >= floorBytes || it.function === site.qualname) ?? [];
  return [...locals]
    .sort((a, b) => b.exclusiveBytes - a.exclusiveBytes)
    .map((it) => {
      const lifetimes = facts.files[it.file]?.lifetimes.functions.find((one) => one.qualname === it.function);
      const blocked = lifetimes?.blocked[it.name];
      const ends = lifetimes?.points.filter((one) => one.name === it.name).map((one) => one.endLine) ?? [];
      const proof = blocked
        ? `no del provable: ${blocked}`
        : ends.length > 0
          ? `del provable behind line ${ends.join(", ")}`
          : "no del provable";
      return `${it.name} (${it.type}) in ${it.function} ${it.file}:${it.line}: ${it.state}, ${mib(it.exclusiveBytes)} MiB go with it; ${proof}`;
    });
}

/** Who reads it afterwards, and which attributes nobody reads. */
export function read(site: Site, { profile, facts }: Brief): string[] {
  const file = facts.files[site.file];
  const names = (it: { function: { qualname: string } }) => it.function.qualname === site.qualname;
  const once = Object.values(facts.files).flatMap((it) =>
    it.expressions.singleUses
      .filter((one) => names(one) || one.text.includes(`${site.qualname}(`))
      .map((one) => {
        const by = one.use.callee
          ? `${one.use.callee.function.qualname}${one.use.callee.problem ? ` (${one.use.callee.problem})` : ""}`
          : (one.use.consumer ?? one.use.kind);
        return `${one.name} in ${one.function.qualname}: a ${one.form} used once, line ${one.use.line}, by ${by}`;
      }),
  );
  const handed = Object.values(facts.files).flatMap((it) =>
    it.lifetimes.functions.flatMap((one) =>
      one.handovers
        .filter((over) => over.text.includes(`${site.qualname}(`))
        .map(
          (over) =>
            `${one.qualname} hands ${over.name} = ${cut(over.text, 40)} to ${over.callee} in line ${over.useLine}, its last use`,
        ),
    ),
  );
  const classes = new Set(typesOf(site, profile).map((it) => it.type.split(":").at(-1)));
  const attributes = Object.values(facts.files).flatMap((it) =>
    it.classes.classes
      .filter((one) => classes.has(one.qualname))
      .map((one) => {
        const reads = Object.entries(one.attributeReads).map(([name, uses]) => `${name} ${uses.count}`);
        return `${one.qualname} ${one.slots ? "(slots)" : "(no slots)"}, places that read or name each attribute: ${reads.join(", ")}`;
      }),
  );
  const containers = (file?.expressions.containers ?? [])
    .filter(names)
    .map(
      (it) =>
        `${it.name}: ${it.kind} that grows at ${it.growths.length} places; else used: ${cut([...new Set(it.uses.map((use) => `${use.how}${use.what ? ` ${use.what}` : ""}`))].join(", ") || "nowhere", 100)}`,
    );
  return [...once, ...attributes, ...handed, ...containers];
}

/** Copies in the site, and which side is changed afterwards. */
export function copied(site: Site, { facts }: Brief): string[] {
  const changes = (uses: readonly { how: string }[]) =>
    uses.some((it) => ["changes", "sets-attribute", "stored"].includes(it.how)) ? "changed or stored" : "only read";
  return (facts.files[site.file]?.expressions.copies ?? [])
    .filter((it) => it.function.qualname === site.qualname)
    .map(
      (it) =>
        `line ${it.line} ${it.text}: the original is ${changes(it.originalUses)} afterwards, the copy ${changes(it.resultUses)}; result ${it.result.kind}${it.blockers[0] ? `; ${it.blockers[0]}` : ""}`,
    );
}
