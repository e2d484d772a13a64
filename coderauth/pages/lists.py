"""Lists that filter, sort and page in their address."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.db.models import Model, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponse, QueryDict

from coderauth.pages.page import VisitorPage

PER_PAGE = 50

Order = str | OrderBy


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter in force, in words, and the address without it."""

    words: str
    url: str


class Listing:
    """A page of rows; what its template needs to show it, and to lead to its neighbours.

    Counts nothing: one row more than a page has says whether there is a next page.
    """

    def __init__(
        self,
        rows: QuerySet[Any],
        *,
        query: QueryDict,
        filters: forms.Form,
        sorts: Mapping[str, Sequence[Order]],
        present: Callable[[Any], Any],
    ) -> None:
        self.query, self.filters, self.present = query, filters, present
        wanted = query.get("sort", "")
        self.sort = wanted if wanted.removeprefix("-") in sorts else next(iter(sorts))
        self.number = _number(query.get("page", ""))
        fields = sorts[self.sort.removeprefix("-")]
        order = [_turned(field) for field in fields] if self.sort.startswith("-") else fields
        self._rows = rows.order_by(*order)

    @cached_property
    def _fetched(self) -> list[Any]:
        begin = (self.number - 1) * PER_PAGE
        # First which rows these are, which an index says; then what is shown of them. As one
        # statement, databases ask of every row whether it fits.
        page = list(self._rows.values_list("pk", flat=True)[begin : begin + PER_PAGE + 1])
        return list(self._rows.filter(pk__in=page))

    @cached_property
    def rows(self) -> list[Any]:
        return [self.present(row) for row in self._fetched[:PER_PAGE]]

    @property
    def first(self) -> int:
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def previous_url(self) -> str:
        return self._url(page=str(self.number - 1)) if self.number > 1 else ""

    @property
    def next_url(self) -> str:
        return self._url(page=str(self.number + 1)) if len(self._fetched) > PER_PAGE else ""

    def direction_of(self, name: str) -> str:
        """Return `ascending`, `descending` or nothing, as `aria-sort` says it."""
        if self.sort == name:
            return "ascending"
        return "descending" if self.sort == f"-{name}" else ""

    def sorted_by(self, name: str) -> str:
        """Return the address of the list sorted by a column; asked again, the other way round."""
        return self._url(page="", sort=f"-{name}" if self.sort == name else name)

    @property
    def pills(self) -> list[Pill]:
        """Return the filters in force, in the words of their fields."""
        return [
            Pill(f"{field.label}: {_shown(field, self.query.get(field.name, ''))}", url)
            for field in self.filters
            if self.query.get(field.name)
            for url in [self._url(page="", **{field.name: ""})]
        ]

    @property
    def is_filtered(self) -> bool:
        return bool(self.pills)

    def _url(self, **changed: str) -> str:
        kept = {name: value for name, value in self.query.items() if value} | changed
        return "?" + urlencode({name: value for name, value in kept.items() if value})


class ListPage(VisitorPage):
    """A list. `filter_class` is a form whose fields are the parameters of the address."""

    filter_class: ClassVar[type[forms.Form]] = forms.Form
    # What one may sort by, each with the fields of the model; the first is the order by itself.
    sorts: ClassVar[Mapping[str, Sequence[Order]]]

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[Any]:
        """Return the rows that these filters leave, of those that the visitor may see."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page({"listing": self.listing(), **self.beside()})

    def listing(self) -> Listing:
        filters = self.filter_class(self.request.GET, auto_id="filter-%s")
        wanted = filters.cleaned_data if filters.is_valid() else {}
        rows: QuerySet[Model] = self.rows(wanted) if filters.is_valid() else _none(self.rows({}))
        return Listing(
            rows,
            query=self.request.GET,
            filters=filters,
            sorts=self.orders(wanted),
            present=self.present,
        )

    def orders(self, filters: Mapping[str, Any]) -> Mapping[str, Sequence[Order]]:
        """Return what one may sort by under these filters; the first is the order by itself."""
        return self.sorts

    def present(self, row: Any) -> Any:
        """Return a row as the template takes it."""
        return row

    def beside(self) -> Mapping[str, Any]:
        """Return what the page shows beside its list."""
        return {}


def _none(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.none()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) else 1


def _turned(field: Order) -> Order:
    if isinstance(field, OrderBy):
        turned = copy(field)
        turned.reverse_ordering()
        return turned
    return field[1:] if field.startswith("-") else f"-{field}"


def _shown(field: forms.BoundField, value: str) -> str:
    choices = dict(getattr(field.field, "choices", ()))
    return str(choices.get(value, value))
