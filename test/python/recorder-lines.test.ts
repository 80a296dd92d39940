import { describe, expect, it } from "vitest";
import { findPythons } from "../pythons.ts";
import { probe, withFolder } from "./probe-kit.ts";

const files = {
  "lib.py": `class Store:
    def size(self, x):
        "Doc."
        if x > 1:
            y = 1
        elif x > 0:
            y = 2
        else:
            y = 3
        try:
            z = 1 / x
        except ZeroDivisionError:
            z = 0
        def inner():
            return 9
        for _ in range(2):
            continue
        else:
            z = 1
        return y

def unused():
    return 1

def rows(n):
    """Doc."""
    for i in range(n):
        yield i
`,
  "main.py": `import lib
assert lib.Store().size(2) == 1
assert list(lib.rows(2)) == [0, 1]
assert lib.Store.size.__doc__ == lib.rows.__doc__ == "Doc."
`,
};

describe.each(findPythons().map((it) => [it.version, it] as const))("statements that run, on Python %s", (_, python) => {
  it("are told function by function, and the program sees nothing of it", () => {
    withFolder(files, (root) => {
      const lines = ["Store.size", "unused", "rows", "gone"].map((qualname) => ({ file: "lib.py", qualname }));
      const target = { kind: "script", path: "main.py", args: [] };
      const ran = probe({ pass: "usage", run: "target", target, usage: { lines } }, { python, root });
      expect(ran.last("result")["error"]).toBeNull();
      expect(ran.last("usage")["lines"]).toEqual([
        { file: "lib.py", qualname: "Store.size", statements: 14, missed: [6, 7, 9, 13, 15] },
        { file: "lib.py", qualname: "unused", statements: 1, missed: [23] },
        { file: "lib.py", qualname: "rows", statements: 2, missed: [] },
      ]);
    });
  });
});
