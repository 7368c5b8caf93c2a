"""What every test gets: shared fixtures, a clean environment, loopback only, and hypothesis profiles.

``CADENCE_TESTNIGHTLY=1`` asks for many more examples; the ``nightly`` fixture tells a test so.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures.amount import NIGHTLY, USUAL, examples
from tests.fixtures.network import allow_loopback_only

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.databases",
    "tests.fixtures.slack_emulator",
    "tests.fixtures.browser",
    "tests.fixtures.mail_servers",
    "tests.fixtures.oidc_provider",
]

# CI draws the same examples each time, so that what it says depends on the change alone; every other run searches again
settings.register_profile(
    "cadence",
    max_examples=examples(USUAL),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true" and not NIGHTLY,
)
settings.load_profile("cadence")

for _name in [name for name in os.environ if name.startswith("CADENCE_") and not name.startswith("CADENCE_TEST_")]:
    del os.environ[_name]

allow_loopback_only()

# as every command does for its own process: what tests write is theirs alone, and the doctor finds it so
os.umask(0o077)


@pytest.fixture(scope="session")
def nightly() -> bool:
    """Whether this run may take hours: many more repetitions of the slow laws."""
    return NIGHTLY
