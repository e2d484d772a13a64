"""Show entries in words."""

from django import template

from audit.models import Entry
from audit.sentences import Sentence, sentence

register = template.Library()


@register.filter
def in_words(entry: Entry) -> Sentence:
    """Return what an entry says, for people."""
    return sentence(entry)
