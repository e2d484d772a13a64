"""The models against the OpenAPI document of the server."""

import json
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from coderauth_sdk import models

from tests.places import ROOT

OPENAPI = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
DOCUMENTS = OPENAPI["components"]["schemas"]
NAMES = sorted(file.stem for file in Path(models.__path__[0]).glob("[a-z]*.py"))
SCHEMAS = {
    "BuildInfo": "BuildDocument",
    "SignInMethods": "AuthMethodsDocument",
    "PasswordMethod": "PasswordMethodDocument",
    "GithubMethod": "GithubMethodDocument",
    "OidcMethod": "OidcMethodDocument",
    "Session": "SessionDocument",
    "Conversion": "ConversionDocument",
    "PasswordVerdict": "PasswordVerdictDocument",
    "Role": "RoleDocument",
    "FirstUser": "FirstUserDocument",
    "User": "UserDocument",
    "UserPage": "UserListDocument",
    "UserRoles": "UserRolesDocument",
    "LoginType": "LoginTypeDocument",
    "Key": "ListedKeyDocument",
    "NewKey": "SecretDocument",
    "TokenConfig": "TokenConfigDocument",
    "ScopeCatalogue": "ScopeCatalogueDocument",
    "Explanation": "ExplanationDocument",
    "Organization": "OrganizationDocument",
    "Membership": "MembershipDocument",
    "Member": "MemberDocument",
    "MemberPage": "MemberPageDocument",
    "Permission": "PermissionDocument",
    "ListedRole": "ListedRoleDocument",
    "GroupPerson": "GroupPersonDocument",
    "Group": "GroupDocument",
    "RegisteredObject": "ObjectDocument",
    "ObjectPage": "ObjectPageDocument",
    "BulkResult": "ObjectCountsDocument",
    "Actor": "ActorDocument",
    "AuditEntry": "EntryDocument",
    "AuditPage": "AuditPageDocument",
}


@pytest.mark.parametrize(("model", "schema"), SCHEMAS.items())
def test_models_expect_what_the_server_promises(model: str, schema: str) -> None:
    """A field without a default is one that the document always has."""
    known, promised = DOCUMENTS[schema]["properties"], DOCUMENTS[schema].get("required", [])
    for field in fields(found(model)):
        name = field.metadata.get("json", field.name)
        assert name in known
        assert name in promised or field.default is not MISSING


def found(model: str) -> Any:
    modules = [import_module(f"coderauth_sdk.models.{name}") for name in NAMES]
    return next(getattr(module, model) for module in modules if hasattr(module, model))
