"""The resources of our SCIM service: a user and a group with what Cadence needs, and what the service says of itself.

Whatever else a directory sends is left out before anything is kept. Served by ``service``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Group,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
    User,
)
from scim2_models.resources.resource import AnyExtension
from scim2_models.urn import URN

#: most resources in one answer
MOST = 500
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

#: what Entra ID and Okta send beyond the letter of RFC 7644
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class NameParts(ComplexAttribute):
    """A name; ``formatted`` goes before the others."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class MailAddress(ComplexAttribute):
    """An email address. Messages go to the primary one, else to that of work, else to the first."""

    value: str | None = None
    type: str | None = Field(None, examples=["work", "home", "other"])
    primary: bool | None = None


class InGroup(ComplexAttribute):
    """A group that the user is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference[Group] | None, Mutability.read_only] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    display: Annotated[str | None, Mutability.read_only] = None


class ManagedBy(ComplexAttribute):
    """The manager, by the id of their user."""

    value: Annotated[str | None, CaseExact.true] = None
    display_name: Annotated[str | None, Mutability.read_only] = None


class Employment(Extension):
    """What the enterprise extension says."""

    __schema__ = URN(ENTERPRISE)

    employee_number: str | None = None
    department: str | None = None
    manager: ManagedBy | None = None


class DirectoryUser(Resource[AnyExtension]):
    """A person."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: NameParts | None = None
    display_name: str | None = None
    title: str | None = None
    user_type: str | None = None
    preferred_language: str | None = None
    locale: str | None = None
    timezone: str | None = None
    active: bool | None = None
    emails: list[MailAddress] | None = None
    groups: Annotated[list[InGroup] | None, Mutability.read_only] = None


class GroupMember(ComplexAttribute):
    """A user in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User[Any]] | None, Mutability.immutable] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class DirectoryGroup(Resource[Any]):
    """A group of users; it may give roles."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[GroupMember] | None = None


Person = DirectoryUser[Employment]

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="A token of Cadence of the kind scim (docs/people.md)",
            primary=True,
        )
    ],
)

PROVIDER = ScimProvider(
    models=[DirectoryUser, Employment, DirectoryGroup],
    resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(DirectoryGroup)],
    config=CONFIG,
    policy=TOLERANT,
)
