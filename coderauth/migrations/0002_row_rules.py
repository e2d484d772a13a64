from django.db import migrations
from django.db.models import Q

from coderauth.constraints import AddChecks, holds


class Migration(migrations.Migration):

    dependencies = [("coderauth", "0001_initial")]

    operations = [
        AddChecks(
            "Deployment", [holds("deployment_one_row", Q(number=1), "There is one deployment.")]
        ),
        AddChecks(
            "RateWindow",
            [
                holds("window_key_given", ~Q(key=""), "A limit has a key."),
                holds(
                    "window_counts",
                    Q(window_at__gte=0, current_hits__gte=0, previous_hits__gte=0),
                    "What a limit counts is not negative.",
                ),
            ],
        ),
    ]
