"""What every test gets: shared fixtures, a clean environment, loopback only, and hypothesis profiles.

``CADENCE_TEST_NIGHTLY=1`` asks for many more examples; the ``nightly`` fixture tells a test so.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures.network import allow_loopback_only

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.databases",
    "tests.fixtures.slack_emulator",
    "tests.fixtures.browser",
    "tests.fixtures.mail_servers",
]

_NIGHTLY = os.environ.get("CADENCE_TEST_NIGHTLY") == "1"

# CI draws the same examples each time, so that what it says depends on the change alone; every other run searches anew
settings.register_profile(
    "usual", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.register_profile("nightly", parent=settings.get_profile("usual"), max_examples=2000, derandomize=False)
settings.load_profile("nightly" if _NIGHTLY else "usual")

for _name in [name for name in os.environ if name.startswith("CADENCE_") and not name.startswith("CADENCE_TEST_")]:
    del os.environ[_name]

allow_loopback_only()


@pytest.fixture(scope="session")
def nightly() -> bool:
    """Whether this run may take hours: many more repetitions of the slow laws."""
    return _NIGHTLY
