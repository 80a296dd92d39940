import type { ClassFacts, ClassInfo } from "../../vocabulary/facts-classes.ts";
import type { ClassKey } from "./classes.ts";

/** What is going to be slotted, while it is found out whether it may. */
export interface SlotPlan {
  /** Classes that get slots, bases first. */
  edited: ClassInfo[];
  members: ClassInfo[];
  hot: ClassInfo[];
  index: Map<ClassKey, ClassInfo>;
  facts: ClassFacts;
  /** Attributes by class, without those of its bases. */
  names: Map<ClassKey, string[]>;
  weakReferences: boolean;
  /** Somebody reads the dictionary of instances: a property of that name has to stand in for it. */
  view: boolean;
}
