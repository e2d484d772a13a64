"""What Coder's clients ask before they work: the features of the product, and its looks.

The same for everybody, and complete: Terraform's provider and JetBrains' Toolbox stop at a 404.
"""

from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from coderauth.api.documents.product import (
    APPEARANCE,
    AppearanceDocument,
    EntitlementsDocument,
    ExperimentsDocument,
    entitlements_document,
)
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public, SignedIn


class ProductViewSet(ApiViewSet):
    """What this product does, for clients that ask before they work."""

    access: ClassVar[dict[str, Access]] = {
        "entitlements": SignedIn("the same for everybody; Coder wants a key there, too"),
        "experiments": SignedIn("the same for everybody; Coder wants a key there, too"),
        "appearance": Public("clients show it before they sign in"),
    }
    hides_methods = False

    @operation("List what the product does", answers={200: EntitlementsDocument})
    def entitlements(self, request: Request) -> HttpResponse:
        return self.answer(entitlements_document(timezone.now()))

    @operation("List experiments", answers={200: ExperimentsDocument})
    def experiments(self, request: Request) -> HttpResponse:
        return self.answer([])

    @operation("Say how the product looks", answers={200: AppearanceDocument})
    def appearance(self, request: Request) -> HttpResponse:
        return self.answer(APPEARANCE)
