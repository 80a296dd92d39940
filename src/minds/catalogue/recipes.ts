import type { Recipe } from "./recipe.ts";
import { absExtremum } from "./recipes/abs-extremum.ts";
import { avoidWholeText } from "./recipes/avoid-whole-text.ts";
import { computeInPlace } from "./recipes/compute-in-place.ts";
import { dropCopy } from "./recipes/drop-copy.ts";
import { dropInstanceCache } from "./recipes/drop-instance-cache.ts";
import { dropJsonRoundTrip } from "./recipes/drop-json-round-trip.ts";
import { dropUnreadAttribute } from "./recipes/drop-unread-attribute.ts";
import { dropUnreadLog } from "./recipes/drop-unread-log.ts";
import { freeDeadLocal } from "./recipes/free-dead-local.ts";
import { freeLoopCarried } from "./recipes/free-loop-carried.ts";
import { generatorInConsumer } from "./recipes/generator-in-consumer.ts";
import { iterateDirectly } from "./recipes/iterate-directly.ts";
import { lazyLogArguments } from "./recipes/lazy-log-arguments.ts";
import { passOwnership } from "./recipes/pass-ownership.ts";
import { readWithoutCreating } from "./recipes/read-without-creating.ts";
import { rebindDeadLocal } from "./recipes/rebind-dead-local.ts";
import { releaseAttribute } from "./recipes/release-attribute.ts";
import { runningSum } from "./recipes/running-sum.ts";
import { setAttributesSingly } from "./recipes/set-attributes-singly.ts";
import { shareEqualStrings } from "./recipes/share-equal-strings.ts";
import { shareEqualTuples } from "./recipes/share-equal-tuples.ts";
import { slotsAttrs } from "./recipes/slots-attrs.ts";
import { slotsDataclass } from "./recipes/slots-dataclass.ts";
import { slotsPlainClass } from "./recipes/slots-plain-class.ts";
import { streamIntoConsumer } from "./recipes/stream-into-consumer.ts";

/** The catalogue, in no order that matters: candidates are tried by measured bytes. */
export const recipes: readonly Recipe[] = [
  freeDeadLocal,
  freeLoopCarried,
  rebindDeadLocal,
  passOwnership,
  releaseAttribute,
  dropUnreadLog,
  dropUnreadAttribute,
  dropCopy,
  dropJsonRoundTrip,
  setAttributesSingly,
  slotsPlainClass,
  slotsDataclass,
  slotsAttrs,
  shareEqualStrings,
  shareEqualTuples,
  generatorInConsumer,
  iterateDirectly,
  avoidWholeText,
  streamIntoConsumer,
  lazyLogArguments,
  dropInstanceCache,
  readWithoutCreating,
  absExtremum,
  computeInPlace,
  runningSum,
];
