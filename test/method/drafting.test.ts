import { expect, it } from "vitest";
import { draftIsOpen } from "../../src/method/drafting.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import { fold, profileOf, ready, sample, traced } from "./state-builder.ts";

it("a mind that is done with one tier is asked again in the next", () => {
  const done: Entry = {
    kind: "drafted",
    commit: "base",
    by: "guest",
    proposals: [],
    passed: [],
    done: true,
    why: "nothing is left",
  };
  const before = fold([done], ready([], { model: "guest" }));
  expect(draftIsOpen(before)).toBe(false);
  const plateau: Entry = {
    kind: "plateau",
    rule: "exhausted",
    why: "",
    breakdown: [],
    irreducible: "",
    blocked: [],
    remaining: [],
    sweep: [],
  };
  const after = fold(
    [
      plateau,
      { kind: "escalated", from: "B", to: "A", why: "its peak is 3 times as high" },
      { kind: "calibrated", samples: [sample(300), sample(300)], traced: traced(260) },
      { kind: "profiled", commit: "base", profile: profileOf("base", 260) },
      { kind: "proposed", commit: "base", proposals: [], forbidden: [], observed: null },
    ],
    before,
  );
  expect(draftIsOpen(after)).toBe(true);
});
