import type { PeakLocal } from "../../vocabulary/profile.ts";
import type { Category } from "../../vocabulary/proposal.ts";
import { ancestors, classIndex, classOfType } from "./classes.ts";
import type { Evidence } from "./recipe.ts";

/** Types whose end has no effect but to give memory back, as the census names them. */
const harmless = new Set(
  `list dict set frozenset tuple str bytes bytearray memoryview int float complex range slice
  list_iterator tuple_iterator set_iterator dict_items dict_values dict_keys dict_keyiterator dict_valueiterator dict_itemiterator
  str_iterator bytes_iterator range_iterator map filter zip enumerate reversed types:SimpleNamespace
  collections:deque collections:defaultdict collections:OrderedDict collections:Counter array:array _csv:reader _csv:writer
  _io:StringIO _io:BytesIO csv:DictReader decimal:Decimal fractions:Fraction datetime:datetime re:Match
  numpy:ndarray numpy.ma:MaskedArray numpy.ma.core:MaskedArray torch:Tensor PIL.Image:Image`.split(/\s+/),
);
/** Families of types whose module differs between versions of their library. */
const harmlessFamilies = [
  /^pandas(\.[\w.]+)?:(DataFrame|Series|\w*Index)$/,
  /^polars(\.[\w.]+)?:(DataFrame|Series)$/,
  /^pyarrow\.lib:\w*(Array|Table|RecordBatch)$/,
];
const buffers = [/^numpy(\.[\w.]+)?:/, /^torch:Tensor$/, /^PIL\./, /^pandas(\.[\w.]+)?:/];
const containers =
  /^(list|dict|set|frozenset|tuple|map|filter|zip|enumerate|reversed|\w+_iterator|dict_\w+|collections:\w+|types:SimpleNamespace)$/;

/** Why the value's end may do more than give memory back; null when it cannot. */
export function effectOfEnd({ type }: Pick<PeakLocal, "type">, evidence: Evidence): string | null {
  const what = `it is a ${type}, whose end may do more than give memory back`;
  if (harmless.has(type) || harmlessFamilies.some((it) => it.test(type))) {
    return containers.test(type) ? finalizersInside(evidence) : null;
  }
  const index = classIndex(evidence.facts);
  const info = classOfType(type, evidence, index);
  if (!info) return what;
  const chain = [info, ...ancestors(info, index)];
  if (chain.some((it) => it.overrides.includes("__del__"))) return `${what}: the class has a __del__`;
  const foreign = chain.flatMap((it) => it.bases).find((it) => it.project === null && it.known === "foreign");
  if (foreign) return `${what}: its base ${foreign.text} is not known`;
  return finalizersInside(evidence);
}

/** A container may hold instances with a `__del__` wherever some are alive at the peak. */
function finalizersInside(evidence: Evidence): string | null {
  const index = classIndex(evidence.facts);
  for (const it of evidence.profile.census?.types ?? []) {
    const info = it.project && it.count > 0 ? classOfType(it.type, evidence, index) : null;
    if (info && [info, ...ancestors(info, index)].some((one) => one.overrides.includes("__del__"))) {
      return `${it.count} instances of ${info.name}, which has a __del__, are alive at the peak: it may hold some of them`;
    }
  }
  return null;
}

/** Category by what the value is (method.md, 4). */
export const categoryOf = (type: string): Category => (buffers.some((it) => it.test(type)) ? "image-buffers" : "data-structures");
