"""What all files of a project say together about classes and attributes, in one light pass a file.

Trees are not kept: a project of 300,000 lines would hold a gigabyte of them. Each file leaves a summary; whoever needs
more reads the few files that name the word in question again.
"""

from __future__ import annotations

import ast
import os
import re
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .decorators import givers
from .dict_reads import dict_reads
from .spans import Source
from .syntax import FUNCTIONS, dotted, mangle

WORD = re.compile(r"[A-Za-z_]\w*")
WORD_BYTES = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
TEMPLATES = (".html", ".htm", ".j2", ".jinja", ".jinja2", ".mako", ".tmpl", ".tpl")
WEAK = {"ref", "proxy", "finalize", "WeakMethod", "WeakSet", "WeakValueDictionary", "WeakKeyDictionary"}


def is_test(file: str) -> bool:
    """By its name: what test runners collect, or what lies in a folder of tests."""
    parts = file.lower().split("/")
    name = parts[-1]
    return (
        name.startswith("test_") or name.endswith("_test.py") or name in ("conftest.py", "test.py", "tests.py")
        or any(part in ("test", "tests", "testing") for part in parts[:-1])
    )


def _scope(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes of one scope: nested functions and classes are named, not entered."""
    queue = list(ast.iter_child_nodes(node))
    while queue:
        inner = queue.pop(0)
        yield inner
        if not isinstance(inner, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            queue.extend(ast.iter_child_nodes(inner))


class ClassNote:
    """One class statement, as far as others need it."""

    def __init__(self, file: str, qualname: str, bases: List[Optional[str]]) -> None:
        self.file = file
        self.qualname = qualname
        self.bases = bases
        self.names: Set[str] = set()
        self.key = f"{file}:{qualname}"


class FileNote:
    """What one file says: its imports, its classes, and every attribute that it reads or stores."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.test = is_test(file)
        self.imports: Dict[str, str] = {}
        self.stars: List[str] = []
        self.classes: Dict[str, ClassNote] = {}
        # what each function at module level is as a class decorator
        self.givers: Dict[str, Optional[str]] = {}
        self.exports: Optional[Set[str]] = None
        # (name, line, function, what the receiver was made by)
        self.stores: List[Tuple[str, int, str, Optional[str]]] = []
        self.loads: Dict[str, Tuple[int, int, str]] = {}
        self.words: Dict[str, int] = {}
        self.class_reads: List[Tuple[str, str, int, str]] = []
        self.weak: List[Tuple[int, str]] = []
        self.old_pickles: List[Tuple[int, str]] = []
        self.dict_uses: List[Tuple[int, str]] = []
        # those that read the dictionary and keep nothing of it
        self.dict_reads: List[Tuple[int, str]] = []
        self.class_changes: List[Tuple[int, str]] = []


class _Reader:
    """Walks one tree and fills its note."""

    def __init__(self, note: FileNote, tree: ast.Module, package: str) -> None:
        self.note = note
        self.package = package
        self.classes: List[str] = []
        self.path: List[str] = []
        self.scopes: List[str] = []
        self.own: List[Optional[str]] = []
        self.locals: List[Dict[str, Optional[str]]] = [{}]
        self.reads = dict_reads(tree)
        self.bindings(tree, self.locals[0])
        self.body(tree.body)

    def body(self, body: List[ast.stmt]) -> None:
        for index, statement in enumerate(body):
            if index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            self.visit(statement)

    def where(self) -> str:
        return ".".join(self.path) or "<module>"

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef):
            self.klass(node)
        elif isinstance(node, FUNCTIONS):
            self.function(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imported(node)
        else:
            if isinstance(node, ast.Attribute):
                self.attribute(node)
            elif isinstance(node, ast.Call):
                self.call(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= 400:
                for word in WORD.findall(node.value):
                    self.note.words.setdefault(word, node.lineno)
            elif isinstance(node, ast.Assign) and not self.path:
                self.exported(node)
            for child in ast.iter_child_nodes(node):
                self.visit(child)

    def exported(self, node: ast.Assign) -> None:
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            if isinstance(node.value, (ast.List, ast.Tuple)):
                self.note.exports = {e.value for e in node.value.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}

    def imported(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    self.note.imports[alias.asname] = alias.name
                else:
                    self.note.imports[alias.name.split(".")[0]] = alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = self.package.split(".") if self.package else []
                parents = parents[: len(parents) - (node.level - 1)] if node.level > 1 else parents
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                if alias.name == "*":
                    self.note.stars.append(base)
                else:
                    self.note.imports[alias.asname or alias.name] = f"{base}.{alias.name}" if base else alias.name

    def klass(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *[k.value for k in node.keywords]]:
            self.visit(part)
        self.path.append(node.name)
        self.classes.append(node.name)
        self.scopes.append("class")
        self.own.append(None)
        bases = [dotted(b.value if isinstance(b, ast.Subscript) else b) for b in node.bases]
        note = ClassNote(self.note.file, ".".join(self.path), bases)
        self.note.classes[note.qualname] = note
        for statement in ast.walk(node):
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                    for leaf in ast.walk(target):
                        if isinstance(leaf, ast.Attribute) and isinstance(leaf.ctx, ast.Store):
                            if isinstance(leaf.value, ast.Name) and leaf.value.id == "self":
                                note.names.add(mangle(leaf.attr, node.name))
        for statement in node.body:
            if isinstance(statement, FUNCTIONS):
                note.names.add(statement.name)
            elif isinstance(statement, ast.Assign):
                note.names.update(t.id for t in statement.targets if isinstance(t, ast.Name))
                if any(isinstance(t, ast.Name) and t.id == "__slots__" for t in statement.targets):
                    slots = [it.value for it in ast.walk(statement.value) if isinstance(it, ast.Constant) and isinstance(it.value, str)]
                    note.names.update(mangle(it, node.name) for it in slots)
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                note.names.add(statement.target.id)
        self.body(node.body)
        self.path.pop()
        self.classes.pop()
        self.scopes.pop()
        self.own.pop()

    def function(self, node: Any) -> None:
        for part in [*node.decorator_list, node.args]:
            self.visit(part)
        if node.returns is not None:
            self.visit(node.returns)
        in_class = bool(self.scopes) and self.scopes[-1] == "class"
        names = node.args.posonlyargs + node.args.args
        static = any(dotted(d) == "staticmethod" for d in node.decorator_list)
        first = names[0].arg if in_class and names and not static else None
        known: Dict[str, Optional[str]] = dict(self.locals[-1])
        for arg in names + node.args.kwonlyargs:
            annotation = arg.annotation
            if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
                known[arg.arg] = annotation.value if WORD.fullmatch(annotation.value) else None
            else:
                known[arg.arg] = dotted(annotation)
        self.bindings(node, known)
        self.own.append(first if first is not None else (self.own[-1] if self.own else None))
        self.locals.append(known)
        self.path.append(node.name)
        self.scopes.append("function")
        self.body(node.body)
        self.scopes.pop()
        self.path.pop()
        self.locals.pop()
        self.own.pop()

    def bindings(self, node: Any, known: Dict[str, Optional[str]]) -> None:
        """Names of one scope that are only ever bound by calls of one name: `n = Node(...)`."""
        seen: Dict[str, Optional[str]] = {}
        plain: Set[int] = set()
        inside = list(_scope(node))
        for inner in inside:
            if isinstance(inner, FUNCTIONS):
                seen[inner.name] = "<function>"
            elif isinstance(inner, ast.Assign) and len(inner.targets) == 1 and isinstance(inner.targets[0], ast.Name):
                name = inner.targets[0].id
                plain.add(id(inner.targets[0]))
                text = dotted(inner.value.func) if isinstance(inner.value, ast.Call) else None
                seen[name] = text if name not in seen or seen[name] == text else None
        for inner in inside:
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and id(inner) not in plain:
                seen[inner.id] = None
        known.update(seen)

    def attribute(self, node: ast.Attribute) -> None:
        name = mangle(node.attr, self.classes[-1] if self.classes else None)
        note, line, where = self.note, node.lineno, self.where()
        receiver = node.value.id if isinstance(node.value, ast.Name) else None
        own = self.own[-1] if self.own else None
        if isinstance(node.ctx, ast.Load):
            count, first, at = note.loads.get(name, (0, line, where))
            note.loads[name] = (count + 1, first, at)
            if receiver is not None and receiver != own and receiver[:1].isupper():
                note.class_reads.append((receiver, node.attr, line, where))
            if node.attr == "__dict__":
                self.dictionary(node, own is not None and receiver == own)
            return
        if node.attr == "__class__":
            note.class_changes.append((line, where))
        if own is not None and receiver == own:
            return
        if receiver in note.imports and receiver not in self.locals[-1]:
            return
        text = self.locals[-1].get(receiver) if receiver is not None else None
        if text != "<function>" and receiver not in note.classes:
            note.stores.append((name, line, where, text))

    def call(self, node: ast.Call) -> None:
        text = dotted(node.func) or ""
        note, line, where = self.note, node.lineno, self.where()
        last = text.split(".")[-1]
        origin = self.note.imports.get(text.split(".")[0], "")
        own = self.own[-1] if self.own else None
        about_self = bool(node.args) and isinstance(node.args[0], ast.Name) and node.args[0].id == own and own is not None
        if last in WEAK and (origin == "weakref" or origin.startswith("weakref.")):
            note.weak.append((line, where))
        if text == "vars" and node.args:
            self.dictionary(node, about_self)
        if last in ("dump", "dumps", "Pickler") and "ickle" in (origin + text):
            given = [k.value for k in node.keywords if k.arg == "protocol"]
            given += node.args[2:3] if last == "dump" else node.args[1:2]
            if any(isinstance(g, ast.Constant) and g.value in (0, 1) for g in given):
                note.old_pickles.append((line, where))
        if text == "setattr" and len(node.args) == 3 and not about_self:
            if isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, str):
                receiver = node.args[0].id if isinstance(node.args[0], ast.Name) else None
                note.stores.append((node.args[1].value, line, where, self.locals[-1].get(receiver) if receiver else None))

    def dictionary(self, node: ast.expr, of_self: bool) -> None:
        """A use of an object's dictionary; those of `self` are told with its class."""
        if not of_self:
            self.note.dict_uses.append((node.lineno, self.where()))
        if (node.lineno, node.col_offset) in self.reads:
            self.note.dict_reads.append((node.lineno, self.where()))


class Project:
    """The notes of all files, and how names lead from one to the other."""

    def __init__(self, root: str, paths: List[str]) -> None:
        self.root = root
        self.notes: Dict[str, FileNote] = {}
        self.modules: Dict[str, str] = {}
        self.paths: Dict[str, str] = {}
        self.files_of: Dict[bytes, List[str]] = {}
        for path in paths:
            file = os.path.relpath(path, root).replace(os.sep, "/")
            try:
                source = Source.read(path)
            except (SyntaxError, ValueError, OSError, RecursionError):
                continue
            names = module_names(root, file)
            for name in names:
                self.modules.setdefault(name, file)
            package = names[0] if file.endswith("/__init__.py") else names[0].rpartition(".")[0]
            note = FileNote(file)
            _Reader(note, source.tree, package)
            note.givers = givers(source.tree)
            self.notes[file] = note
            self.paths[file] = path
            for word in set(WORD_BYTES.findall(source.raw)):
                self.files_of.setdefault(word, []).append(file)
        self.template_words = template_words(root)
        self.children: Dict[str, List[str]] = {}
        self.owners: Dict[str, Set[str]] = {}
        self.proven_stores: Dict[str, List[Dict[str, Any]]] = {}
        self.unknown_stores: Dict[str, List[Dict[str, Any]]] = {}
        self.class_reads: Dict[str, List[Dict[str, Any]]] = {}
        for note in self.notes.values():
            for klass in note.classes.values():
                for name in klass.names:
                    self.owners.setdefault(name, set()).add(klass.key)
                for base in klass.bases:
                    found = self.resolve(note.file, base)
                    if found:
                        self.children.setdefault(found, []).append(klass.key)
        self._link()

    def _link(self) -> None:
        """Who is meant by each store and each read of a class by its name, looked up once."""
        tops = {name.split(".")[0] for name in self.modules}
        for note in self.notes.values():
            known: Dict[Optional[str], Tuple[Optional[str], bool]] = {None: (None, True)}
            for name, line, where, text in note.stores:
                if text not in known:
                    known[text] = (self.resolve(note.file, text), _opaque(note, text or "", tops))
                proven, opaque = known[text]
                place = {"file": note.file, "line": line, "function": where, "name": name, "of": proven,
                         "receiver": "this" if proven else "unknown", "test": note.test}
                if proven is not None:
                    self.proven_stores.setdefault(proven, []).append(place)
                elif opaque:
                    self.unknown_stores.setdefault(name, []).append(place)
            classes: Dict[str, Optional[str]] = {}
            for receiver, name, line, where in note.class_reads:
                if receiver not in classes:
                    classes[receiver] = self.resolve(note.file, receiver)
                of = classes[receiver]
                if of is not None:
                    self.class_reads.setdefault(of, []).append(
                        {"file": note.file, "line": line, "function": where, "name": name, "of": of, "receiver": "this", "test": note.test})

    def resolve(self, file: str, text: Optional[str], depth: int = 0) -> Optional[str]:
        """`file:qualname` of the project class that ``text`` means in ``file``."""
        note = self.notes.get(file)
        if note is None or not text or depth > 6:
            return None
        if text in note.classes:
            return f"{file}:{text}"
        head, _, rest = text.partition(".")
        if head in note.imports:
            full = note.imports[head] + (f".{rest}" if rest else "")
            return self._global(full, depth)
        for star in note.stars:
            found = self._global(f"{star}.{text}", depth)
            if found:
                return found
        return None

    def _global(self, full: str, depth: int) -> Optional[str]:
        parts = full.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            target = self.modules.get(".".join(parts[:cut]))
            if target is not None:
                return self.resolve(target, ".".join(parts[cut:]), depth + 1)
        return None

    def note(self, key: str) -> Optional[ClassNote]:
        file, _, qualname = key.partition(":")
        note = self.notes.get(file)
        return note.classes.get(qualname) if note else None

    def ancestors(self, key: str) -> List[str]:
        found: List[str] = []
        queue = [key]
        while queue:
            klass = self.note(queue.pop())
            for base in klass.bases if klass else []:
                parent = self.resolve(klass.file, base) if klass else None
                if parent and parent not in found and parent != key:
                    found.append(parent)
                    queue.append(parent)
        return found

    def descendants(self, key: str) -> List[str]:
        found: List[str] = []
        queue = [key]
        while queue:
            for child in self.children.get(queue.pop(), []):
                if child not in found and child != key:
                    found.append(child)
                    queue.append(child)
        return found

    def mentioning(self, word: str) -> List[str]:
        """Files whose text holds the word."""
        return self.files_of.get(word.encode(), [])

    def reads(self, name: str) -> Tuple[int, Optional[Dict[str, Any]]]:
        """How often an attribute of that name is read, or named in text, in the whole project."""
        count, first = 0, None
        for file in self.mentioning(name[name.index("__"):] if re.match(r"_\w+?__\w", name) else name):
            note = self.notes[file]
            if name in note.loads:
                n, line, where = note.loads[name]
                count += n
                first = first or {"file": note.file, "line": line, "function": where}
            if name in note.words:
                count += 1
                first = first or {"file": note.file, "line": note.words[name], "function": "text"}
        if name in self.template_words:
            count += 1
            first = first or {"file": self.template_words[name], "line": 1, "function": "template"}
        return count, first


def _opaque(note: FileNote, text: str, tops: Set[str]) -> bool:
    """A call whose result can be anything: a function of the project, a method, a local. Calls into other packages are not."""
    head = text.split(".")[0]
    if head in note.imports:
        return note.imports[head].split(".")[0] in tops
    return text not in ("object", "type", "dict", "list", "set", "Exception")


def module_names(root: str, file: str) -> List[str]:
    """Dotted names under which a file may be imported; the likeliest first."""
    parts = file[:-3].split("/")
    if parts[-1] == "__init__":
        parts = parts[:-1] or ["__init__"]
    skip = 0
    while skip < len(parts) - 1 and not os.path.exists(os.path.join(root, *parts[: skip + 1], "__init__.py")):
        skip += 1
    if skip == len(parts) - 1 and parts[0] in ("src", "lib", "python") and len(parts) > 1:
        skip = 1
    elif skip == len(parts) - 1:
        skip = 0
    found = [".".join(parts[start:]) for start in [skip, *range(0, len(parts))]]
    return list(dict.fromkeys(found))


def template_words(root: str) -> Dict[str, str]:
    """Every word of the project's templates, with one file that it stands in."""
    words: Dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [
            f for f in folders
            if not f.startswith(".") and f not in ("node_modules", "__pycache__", "site-packages")
            and not os.path.exists(os.path.join(folder, f, "pyvenv.cfg"))
        ]
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(TEMPLATES) and os.path.isfile(path) and os.path.getsize(path) < 1_000_000:
                with open(path, encoding="utf-8", errors="replace") as file:
                    for word in WORD.findall(file.read()):
                        words.setdefault(word, os.path.relpath(path, root).replace(os.sep, "/"))
    return words


_LAST: List[Tuple[Any, Project]] = []


def project_of(root: str, paths: List[str]) -> Project:
    """The project's notes, read once for a set of files."""
    stamp = (root, tuple((p, os.stat(p).st_mtime_ns, os.stat(p).st_size) for p in sorted(paths) if os.path.exists(p)))
    if not _LAST or _LAST[0][0] != stamp:
        _LAST[:] = [(stamp, Project(root, sorted(paths)))]
    return _LAST[0][1]
