"""Runs a target inside the user's interpreter and observes it; see PROTOCOL.md."""
