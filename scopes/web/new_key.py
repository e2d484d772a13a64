"""`/keys/new`: make a key that can do only what it needs."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from coderauth.errors import DomainError, InvalidRequest
from coderauth.http.client import client_address
from coderauth.http.forms import refuse
from coderauth.pages.access import OwnPage
from coderauth.pages.forms import FormPage
from scopes.callers import Caller
from scopes.engine.catalog import is_public
from scopes.engine.decision import Object, Subject, decide, prepare
from scopes.http.form_ids import form_id, key_id_of
from scopes.keys.issuing import token_issue
from scopes.keys.minting import maximum_lifetime
from scopes.models import GroupMembership, Key
from scopes.people import grants_of, resolve_person
from scopes.web.forms import ALL, SOME, NewKeyForm
from scopes.web.found_objects import found_objects
from scopes.web.made import secret_page
from scopes.web.picker import picker, unnarrowed
from scopes.web.summary import summary

MADE = "This key is made already. Its secret was shown once: rotate the key if you lost it."


class NewKeyPage(FormPage[NewKeyForm]):
    """Make a token for oneself, or with `for=<username>` for somebody whose keys one may make."""

    access = OwnPage("whoever may make keys for somebody; the engine says for whom")
    form_class = NewKeyForm
    template_name = "scopes/keys/new.html"
    caller: Caller
    holder: Any

    def enter(self) -> None:
        name = self.request.GET.get("for") or self.request.POST.get("for") or "me"
        try:
            self.holder = resolve_person(self.caller, name)
        except InvalidRequest as error:
            raise Http404 from error
        if not decide(self.caller.subject, "create", Object("api_key", owner=str(self.holder.pk))):
            raise Http404

    @property
    def is_own(self) -> bool:
        return str(self.holder.pk) == self.caller.id

    def get_form_kwargs(self) -> dict[str, Any]:
        longest = maximum_lifetime(self.holder)
        limits = {"usual": settings.DEFAULT_TOKEN_LIFETIME, "fixed": settings.FIXED_KEY_ENDS}
        if self.caller.is_narrowed:
            limits["parent_ends_at"] = self.caller.expires_at
            longest = min(longest, self.caller.expires_at - timezone.now())
        limits["longest"] = longest
        return {**super().get_form_kwargs(), **limits}

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET
        return {
            "token_name": asked.get("name", ""),
            "reach": ALL if asked.get("reach") == ALL else SOME,
            "scopes": _listed(asked, "scopes"),
            "allow_list": "\n".join(_listed(asked, "allow_list", only_public=False)),
            "ends": asked.get("lifetime", "").removesuffix("d"),
            "form_id": form_id(self.caller),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "preview" in request.POST:
            return self.render_to_response(self.get_context_data(form=self.get_form()))
        return super().post(request, *args, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        form: NewKeyForm = self.get_form()
        form.is_valid()
        identifier = key_id_of(self.caller, sent["form_id"])
        if identifier is None:
            return self._anew(form)
        if Key.objects.filter(pk=identifier).exists():
            return self._made_already(identifier)
        address = client_address(self.request)
        wish = form.wish(timezone.now(), identifier)
        try:
            key, secret = token_issue(
                caller=self.caller, user=self.holder, wish=wish, address=address
            )
        except DomainError:
            if Key.objects.filter(pk=identifier).exists():  # The form was sent twice at once.
                return self._made_already(identifier)
            raise
        return secret_page(self.request, key, secret, title="is made")

    def after_proof(self) -> str:
        """Keep what was chosen: it lives in the address."""
        sent = self.request.POST
        chosen = {
            "name": sent.get("token_name", ""),
            "scopes": ",".join(sent.getlist("scopes")),
            "allow_list": ",".join([*sent.getlist("objects"), *sent.get("allow_list", "").split()]),
            "lifetime": sent.get("ends", ""),
            "reach": sent.get("reach", ""),
            "for": sent.get("for", ""),
        }
        return (
            f"{self.request.path}?{urlencode({name: one for name, one in chosen.items() if one})}"
        )

    def explain(self, form: NewKeyForm, error: DomainError) -> None:
        if error.code == "token_name_taken":
            form.add_error("token_name", "There is a key of this name. Choose another one.")
            return
        refuse(form, error)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form: NewKeyForm = context["form"]
        subject = unnarrowed(self.caller.subject) if self.is_own else _subject_of(self.holder)
        chosen = form.chosen
        return {
            **context,
            "holder": None if self.is_own else self.holder,
            "picker": picker(self.caller, holder=subject, chosen=chosen),
            "chosen": chosen,
            "reach": form["reach"].value() or SOME,
            "objects": found_objects(self.caller, form),
            "choices": form.choices_of_ends(timezone.now()),
            "summary": summary(subject, chosen, form),
            "narrowed_by": self.caller.scopes if self.caller.is_narrowed else (),
            "ALL": ALL,
        }

    def _made_already(self, identifier: str) -> HttpResponse:
        messages.info(self.request, MADE)
        return redirect("key", identifier)

    def _anew(self, form: NewKeyForm) -> HttpResponse:
        """Show the form again with all that was chosen, so that sending it once more works."""
        anew = self.request.POST.copy()
        anew["form_id"] = self.get_initial()["form_id"]
        form.data = anew
        form.add_error(
            None, "This form was open for more than a day. Look at it, and send it again."
        )
        return self.render_to_response(self.get_context_data(form=form), status=400)


def _listed(asked: QueryDict, name: str, *, only_public: bool = True) -> list[str]:
    words = [word.strip() for word in asked.get(name, "").split(",")]
    return [word for word in words if word and (not only_public or is_public(word))]


def _subject_of(user: Any) -> Subject:
    """Return what the roles of somebody else grant them."""
    groups = GroupMembership.objects.filter(user=user.pk).values_list("group_id", flat=True)
    return prepare(id=str(user.pk), grants=grants_of(user), groups=[str(one) for one in groups])
