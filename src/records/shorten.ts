/** Characters of JSON that a program is given without asking for more. */
const budget = 3_000;
/** Lists keep at least so many of their first elements, which are the most important ones; none where that is still too much. */
const leasts = [1, 0];
/** Longer ones are cut to this at once: weighing them again and again would take seconds. */
const longest = 100;

/**
 * The same object with its longest lists cut at their ends until its JSON is small, and what was left out of which list.
 */
export function shorten(value: object): { short: object; leftOut: Record<string, number> } {
  const short = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  const leftOut: Record<string, number> = {};
  const size = () => JSON.stringify(short).length + 60 * Object.keys(leftOut).length + 200;
  if (size() > budget) cutLong(short, "", leftOut);
  for (const least of leasts) {
    while (size() > budget) {
      const lists = listsOf(short).filter((it) => it.list.length > least);
      const heaviest = lists.sort((a, b) => b.weight - a.weight)[0];
      if (!heaviest) break;
      const kept = Math.max(least, Math.floor(heaviest.list.length / 2));
      leftOut[heaviest.path] = (leftOut[heaviest.path] ?? 0) + heaviest.list.length - kept;
      heaviest.list.length = kept;
    }
  }
  return { short, leftOut };
}

interface Found {
  path: string;
  list: unknown[];
  weight: number;
}

function listsOf(value: unknown, path = ""): Found[] {
  if (Array.isArray(value)) {
    const inner = value.flatMap((it) => listsOf(it, `${path}[]`));
    return [{ path, list: value, weight: JSON.stringify(value).length }, ...inner];
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, it]) => listsOf(it, path === "" ? key : `${path}.${key}`));
}

function cutLong(value: unknown, path: string, leftOut: Record<string, number>): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    if (value.length > longest) leftOut[path] = (leftOut[path] ?? 0) + value.length - longest;
    value.length = Math.min(value.length, longest);
    for (const it of value) cutLong(it, `${path}[]`, leftOut);
  } else for (const [key, it] of Object.entries(value)) cutLong(it, path === "" ? key : `${path}.${key}`, leftOut);
}
