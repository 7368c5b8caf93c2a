"""People come from files and directories, are kept in step with them, exported and erased."""

from __future__ import annotations
