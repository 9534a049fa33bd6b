"""Scripts of the developers; nothing of them is shipped."""
