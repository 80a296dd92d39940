"""Nightly processing of the measuring network's readings."""
