"""``python -m cadence``: the same as the ``cadence`` command."""

from __future__ import annotations

import sys

from cadence.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
