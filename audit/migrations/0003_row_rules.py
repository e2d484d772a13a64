from django.db import migrations
from django.db.models import F, Q

from coderauth.constraints import AddChecks, has_length, holds, is_map


class Migration(migrations.Migration):

    dependencies = [("audit", "0002_chain")]

    operations = [
        AddChecks(
            "Entry",
            [
                holds(
                    "entry_act_given",
                    ~Q(action="") & ~Q(resource_type=""),
                    "An entry says what was done to what.",
                ),
                holds(
                    "entry_status_code",
                    Q(status_code__range=(100, 599)),
                    "The outcome of an act is a status of HTTP.",
                ),
                holds(
                    "entry_json",
                    Q(is_map("diff"), is_map("additional_fields")),
                    "What changed, and what else there is to say, are JSON objects.",
                ),
                holds(
                    "entry_sealed_whole",
                    Q(sequence=None, previous_hash="", hash="")
                    | Q(has_length("hash", 64), sequence__isnull=False, sequence__gte=1),
                    "A sealed entry has a place in the chain and a hash, others have neither.",
                ),
            ],
        ),
        AddChecks(
            "Chain",
            [
                holds("chain_one_row", Q(number=1), "There is one chain."),
                holds(
                    "chain_in_order",
                    Q(anchor_sequence__gte=0, head_sequence__gte=F("anchor_sequence")),
                    "A chain ends where it begins, or later.",
                ),
                holds(
                    "chain_anchor_whole",
                    Q(anchor_sequence=0, anchor_hash="")
                    | Q(has_length("anchor_hash", 64), anchor_sequence__gte=1),
                    "The entry before the chain has a hash, if there is one.",
                ),
                holds(
                    "chain_head_whole",
                    Q(head_sequence=0, head_hash="")
                    | Q(has_length("head_hash", 64), head_sequence__gte=1),
                    "The last entry of the chain has a hash, if there is one.",
                ),
            ],
        ),
    ]
