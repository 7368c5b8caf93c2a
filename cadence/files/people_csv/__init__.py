"""Read the people of a directory's export: table, columns, cells, and who of them is here, outside or gone."""

from __future__ import annotations
