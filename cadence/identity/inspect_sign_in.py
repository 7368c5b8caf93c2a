"""What ``cadence doctor`` says of signing in: whether there is an admin, and whether the company's provider answers."""

from __future__ import annotations

import asyncio

from cadence.channels.base import Finding, Health
from cadence.errors import CadenceError, StoreError
from cadence.identity.company import CompanySignIn
from cadence.store.database.engine import Database
from cadence.store.identity.accounts import has_admin


def inspect_sign_in(database: Database, company: CompanySignIn | None) -> list[Finding]:
    """Return the findings; the provider is asked over the network."""
    found = []
    try:
        with database.read() as connection:
            if not has_admin(connection):
                remedy = "Open the link that cadence serve prints, or make one: cadence accounts link EMAIL --role admin"
                found.append(Finding(name="admin", health=Health.WARN, sentence="Nobody is an admin yet.", remedy=remedy))
    except StoreError:
        return []  # the check of the database says it
    if company is not None:
        found.append(_provider(company))
    return found


def _provider(company: CompanySignIn) -> Finding:
    try:
        asyncio.run(company.check())
    except CadenceError as error:
        remedy = f"Look at oidc.issuer = {company.issuer}; people can sign in by a link meanwhile (docs/sign-in.md)."
        return Finding(name="company sign-in", health=Health.FAIL, sentence=f"{str(error)[:1].upper()}{str(error)[1:]}.", remedy=remedy)
    return Finding(name="company sign-in", health=Health.OK, sentence=f"{company.name} answers at {company.issuer}.")
