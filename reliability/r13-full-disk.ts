import { Failure } from "../src/vocabulary/failure.ts";
import { crashes, undisturbed } from "../test/faults/session.ts";
import { testPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = testPython();

export const figure: Figure = {
  id: "R13",
  what: "a disk that is full in the middle of a record or a file",
  goal: "the journal stays whole, one line says so, the session goes on when there is room",
  async measure(scope) {
    const calm = await undisturbed(python);
    const all = calm.kinds.flatMap((kind, index) => (kind === "append" || kind === "write" ? [index + 1] : []));
    const step = scope === "full" ? 2 : Math.ceil(all.length / 3);
    const results = [];
    for (const at of all.filter((_, index) => index % step === 0))
      results.push(await crashes(python, [{ at, fault: "ENOSPC" }], calm));
    const wrong = results.flatMap(({ at, wrong: why, said }) => {
      const clear = said instanceof Failure && said.code === "disk-full" && !said.message.includes("\n");
      return [...why, ...(clear ? [] : [`it said: ${said}`])].map((it) => `${at}: ${it.slice(0, 400)}`);
    });
    return {
      reached: `${results.length - new Set(wrong.map((it) => it.split(":")[0])).size} of ${results.length} points`,
      shortfalls: wrong,
      skipped: [],
      details: { points: all.length },
    };
  },
};
