"""The pages on which statements are written: words, question, changes, people, approval, and what waits to go live."""
