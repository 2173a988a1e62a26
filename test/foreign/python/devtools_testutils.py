"""Stands in for a package of the vendor's that is not published, as far as the tests use it: credentials."""

from azure.identity import ManagedIdentityCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential


def get_credential(is_async=False, **_options):
    return AsyncManagedIdentityCredential() if is_async else ManagedIdentityCredential()
