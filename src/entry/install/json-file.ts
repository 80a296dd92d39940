import { Failure } from "../../vocabulary/failure.ts";

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A JSON file with values at paths of keys (undefined: without them; objects that become empty by that go too). Order and indent
 * stay. Fails with `bad-settings` where the text is no plain JSON, and says what to write by hand.
 */
export function jsonWith(path: string, text: string, changes: readonly (readonly [readonly string[], unknown])[]): string {
  let object: unknown;
  try {
    object = text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    object = null;
  }
  if (!isObject(object)) throw byHand(path, changes);
  let changed = false;
  for (const [keys, value] of changes) changed = set(object, keys, value) || changed;
  if (!changed) return text;
  if (Object.keys(object).length === 0) return "";
  const indent = /^[{[]\r?\n([ \t]+)/.exec(text)?.[1] ?? "  ";
  return `${JSON.stringify(object, null, indent)}\n`;
}

/** Whether anything is different afterwards. */
function set(object: Json, [key = "", ...rest]: readonly string[], value: unknown): boolean {
  const inner = object[key];
  if (rest.length === 0) {
    if (JSON.stringify(inner) === JSON.stringify(value)) return false;
    if (value === undefined) delete object[key];
    else object[key] = value;
    return true;
  }
  if (!isObject(inner)) {
    if (value === undefined) return false;
    object[key] = {};
  }
  const changed = set(object[key] as Json, rest, value);
  if (value === undefined && changed && Object.keys(object[key] as Json).length === 0) delete object[key];
  return changed;
}

function byHand(path: string, changes: readonly (readonly [readonly string[], unknown])[]): Failure {
  const wanted: Json = {};
  for (const [keys, value] of changes) set(wanted, keys, value);
  return new Failure(
    "bad-settings",
    `${path} is no plain JSON (comments?), so it is left as it is.`,
    `Change it by hand: ${JSON.stringify(wanted)}`,
  );
}
