"""The database: tables, transactions, migrations, and one module per aggregate."""

from __future__ import annotations
