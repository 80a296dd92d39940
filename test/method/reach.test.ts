import { describe, expect, it } from "vitest";
import { approachKey } from "../../src/method/choose-target.ts";
import { figuresOf } from "../../src/method/figures.ts";
import { nextMeasurement } from "../../src/method/measure-plan.ts";
import { mayNotRun, reaches } from "../../src/method/reach.ts";
import { decide } from "../../src/method/verdict.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import type { Finding } from "../../src/vocabulary/review.ts";
import type { Settings } from "../../src/vocabulary/settings.ts";
import { fold, proposal, ready } from "./state-builder.ts";

const reach = (name: string): Finding => ({
  kind: "reach",
  name,
  file: "app.py",
  function: "main",
  line: 3,
  text: `adds \`${name}\``,
  confidence: 0.9,
  blocking: true,
});

/** An experiment whose change reaches for something and says so. */
function implemented(name: string, settings: Partial<Settings> = {}) {
  const spoken = proposal("a", 20, { declaredCosts: [`it uses ${name}`] });
  const entries: Entry[] = [
    { kind: "opened", experiment: 1, commit: "base", key: approachKey(spoken), proposal: spoken },
    {
      kind: "implemented",
      experiment: 1,
      commit: "c",
      refusal: null,
      patch: "",
      changedLines: 1,
      changed: [],
      findings: [reach(name)],
    },
  ];
  const state = fold(entries, ready([spoken], settings));
  const [experiment] = state.experiments;
  if (!experiment) throw new Error("it was not opened");
  return { state, experiment };
}

describe("what a change newly reaches for", () => {
  it("needs the leave of its kind", () => {
    const leave = (name: string) => reaches([reach(name)], proposal("a", 20))[0]?.leave;
    expect(leave("mmap.mmap")).toBe("mmap");
    expect(leave("global CACHE")).toBe("cache");
    expect(leave("subprocess.run")).toBe("processes");
    for (const name of ["socket.socket", "urllib.request.urlopen", "requests.get", "asyncio.open_connection"])
      expect(leave(name), name).toBe("net");
    for (const name of ["gc.disable", "os.environ", "shutil.rmtree"]) expect(leave(name), name).toBe("runtime");
  });

  it("is not run without leave where it reaches out of the program, whatever it says of itself", () => {
    for (const name of ["subprocess.run", "os.popen", "urllib.request.urlopen", "shutil.rmtree", "pathlib.Path.home"]) {
      expect(mayNotRun([reach(name)], ["mmap", "cache"]), name).toContain(`adds ${name}`);
      const { state, experiment } = implemented(name);
      expect(nextMeasurement(experiment, state), name).toBeNull();
      expect(decide(figuresOf(experiment, state)), name).toMatchObject({ status: "discard", rule: "consent" });
    }
    expect(mayNotRun([reach("subprocess.run")], ["processes"])).toBeNull();
    const allowed = implemented("subprocess.run", { allow: ["processes"] });
    expect(nextMeasurement(allowed.experiment, allowed.state)).toEqual({ what: "tests", alone: false });
  });

  it("is measured where it stays inside, so that its leave can be asked for with a figure", () => {
    for (const name of ["mmap.mmap", "gc.disable", "os.environ", "functools.lru_cache"]) {
      expect(mayNotRun([reach(name)], []), name).toBeNull();
      const { state, experiment } = implemented(name);
      expect(nextMeasurement(experiment, state), name).toEqual({ what: "tests", alone: false });
    }
  });
});
