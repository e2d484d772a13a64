"""`manage.py db_worker`: run tasks in a process of their own, next to `serve --no-worker`.

Replaces django-tasks-db's command of this name, which neither retries tasks nor takes them over.
"""

from argparse import ArgumentParser

from coderauth.commands.operator import OperatorCommand, Options
from coderauth.management.interruptions import Interruptions
from coderauth.management.worker import Worker


class Command(OperatorCommand):
    help = "Run background tasks (mail) until stopped; any number of these may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", action="store_true", help="run the tasks that are due now, then end"
        )

    def run(self, options: Options) -> None:
        interruptions = Interruptions()
        with interruptions.handled():
            worker = Worker(interruptions)
            if options["batch"]:
                worker.run_due()
            else:
                self.stdout.write("Running tasks. Ctrl+C ends.")
                self.stdout.flush()
                worker.run(lambda: True)
