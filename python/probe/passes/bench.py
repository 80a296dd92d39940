"""Pass bench: nothing is observed; the launcher's own figures are what counts."""

from __future__ import annotations

from . import Pass


class Bench(Pass):
    """The target as it is."""
