"""The program `micro`: one snippet, measured alone in its process."""
