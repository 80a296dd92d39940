import { execFileSync } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { FoundPython } from "../pythons.ts";
import { write } from "./probe-kit.ts";

/** An environment of its own with these files in its site-packages. */
export function environment(python: FoundPython, folder: string, packages: Record<string, string>): FoundPython {
  execFileSync(python.executable, ["-m", "venv", "--without-pip", folder]);
  const library = readdirSync(join(folder, "lib")).find((it) => it.startsWith("python3")) ?? "";
  write(join(folder, "lib", library, "site-packages"), packages);
  return { ...python, executable: join(folder, "bin/python") };
}

/** What setuptools writes for an editable install that it cannot express by a path. */
function finder(mapping: Record<string, string>, namespaces: Record<string, string[]> = {}): Record<string, string> {
  return {
    "__editable__.demo-1.0.pth": "import __editable___demo_1_0_finder; __editable___demo_1_0_finder.install()\n",
    "__editable___demo_1_0_finder.py": `import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.machinery import all_suffixes as module_suffixes
from importlib.util import spec_from_file_location
from itertools import chain
from pathlib import Path

MAPPING = ${JSON.stringify(mapping)}
NAMESPACES = ${JSON.stringify(namespaces)}
PATH_PLACEHOLDER = '__editable__.demo-1.0.finder' + ".__path_hook__"


class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            return cls._find_spec(fullname, Path(MAPPING[fullname]))
        parent, _, child = fullname.rpartition(".")
        if parent and parent in MAPPING:
            return PathFinder.find_spec(fullname, path=[MAPPING[parent]])
        return None

    @classmethod
    def _find_spec(cls, fullname, candidate_path):
        init = candidate_path / "__init__.py"
        candidates = (candidate_path.with_suffix(x) for x in module_suffixes())
        for candidate in chain([init], candidates):
            if candidate.exists():
                return spec_from_file_location(fullname, candidate)
        return None


class _EditableNamespaceFinder:
    @classmethod
    def _path_hook(cls, path):
        if path == PATH_PLACEHOLDER:
            return cls
        raise ImportError

    @classmethod
    def _paths(cls, fullname):
        return [*NAMESPACES[fullname], PATH_PLACEHOLDER]

    @classmethod
    def find_spec(cls, fullname, target=None):
        if fullname in NAMESPACES:
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = cls._paths(fullname)
            return spec
        return None


def install():
    if not any(finder == _EditableFinder for finder in sys.meta_path):
        sys.meta_path.append(_EditableFinder)
    if not NAMESPACES:
        return
    if not any(hook == _EditableNamespaceFinder._path_hook for hook in sys.path_hooks):
        sys.path_hooks.append(_EditableNamespaceFinder._path_hook)
    if PATH_PLACEHOLDER not in sys.path:
        sys.path.append(PATH_PLACEHOLDER)
`,
  };
}

/** A way in which a project gets onto the path of its own environment. */
export interface Layout {
  name: string;
  /** Folder of the package. */
  package: string;
  install(root: string): Record<string, string>;
  arrange?(root: string): void;
  /** Name under which `mod` is imported. */
  module?: string;
}

/** What setuptools makes in its strict form: a folder with a link for each file. */
function linkTree(name: string, link: (from: string, to: string) => void): Layout {
  return {
    name,
    package: "src/demo",
    install: (root) => ({ "demo.pth": `${root}/${linkFolder}\n` }),
    arrange: (root) => {
      const links = join(root, linkFolder, "demo");
      mkdirSync(links, { recursive: true });
      for (const file of ["__init__.py", "mod.py", "_version.py"]) link(join(root, "src/demo", file), join(links, file));
    },
  };
}

export const linkFolder = "build/__editable__.demo-1.0-py3-none-any";

/** Its hard links have parted from their sources: no run over another commit can be right. */
export const partedLinks: Layout = linkTree("a strict link tree whose links have parted", copyFileSync);

/** A copy, as `pip install .` leaves it: whatever is checked out, its files are what is imported. */
export const installedCopy: Layout = {
  name: "an installed copy",
  package: "src/demo",
  install: (root) => ({
    ...Object.fromEntries(
      ["__init__.py", "mod.py", "_version.py"].map((it) => [`demo/${it}`, readFileSync(join(root, "src/demo", it), "utf8")]),
    ),
    ...distribution("demo", root, ["demo/__init__.py", "demo/mod.py", "demo/_version.py"]),
  }),
};

/** What an installer writes of a distribution; `from`: the folder that it was installed from, null: an index. */
export function distribution(name: string, from: string | null, files: readonly string[]): Record<string, string> {
  const info = `${name.replaceAll("-", "_")}-1.0.dist-info`;
  const origin = from === null ? {} : { "direct_url.json": JSON.stringify({ dir_info: {}, url: `file://${encodeURI(from)}` }) };
  const all = {
    METADATA: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    RECORD: files.map((it) => `${it},sha256=x,1\n`).join(""),
    ...origin,
  };
  return Object.fromEntries(Object.entries(all).map(([it, text]) => [`${info}/${it}`, text]));
}

/** On these no run over another commit can be right: each must be refused. */
export const refused: readonly Layout[] = [partedLinks, installedCopy];

export const layouts: readonly Layout[] = [
  { name: "no install", package: "demo", install: () => ({}) },
  { name: "a flat .pth", package: "demo", install: (root) => ({ "demo.pth": `${root}\n` }) },
  { name: "a src .pth", package: "src/demo", install: (root) => ({ "demo.pth": `${root}/src\n` }) },
  { name: "a setuptools finder", package: "lib/inner", install: (root) => finder({ demo: `${root}/lib/inner` }) },
  {
    name: "a setuptools finder with a name space",
    package: "src/space/demo",
    module: "space.demo",
    install: (root) => finder({ "space.demo": `${root}/src/space/demo` }, { space: [`${root}/src/space`] }),
  },
  {
    name: "a name-space package",
    package: "src/space/demo",
    module: "space.demo",
    install: (root) => ({ "demo.pth": `${root}/src\n` }),
  },
  {
    name: "a link in site-packages",
    package: "demo",
    install: () => ({}),
    arrange: (root) => {
      const library = readdirSync(join(root, ".venv/lib"))[0] ?? "";
      symlinkSync(join(root, "demo"), join(root, ".venv/lib", library, "site-packages/demo"));
    },
  },
  linkTree("a strict link tree", symlinkSync),
  linkTree("a strict link tree of hard links", linkSync),
];
