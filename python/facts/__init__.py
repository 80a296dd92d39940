"""What is true of source files and of a run, said by the target's own interpreter; see PROTOCOL.md."""
