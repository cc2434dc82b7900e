"""`manage.py demo_data`: ministries, people and meetings by the hundred thousand, to try and to load."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from meetings.demo import loading

NAMES = {"members": "agents", "meetings": "réunions", "indexes": "références, index"}


class Command(BaseCommand):
    help = (
        "Crée des ministères de démonstration numérotés, leurs agents et leurs réunions, passées et "
        "à venir. Seulement en développement, et jamais à côté d’un vrai ministère."
    )

    def add_arguments(self, parser):
        parser.add_argument("--tenants", type=int, default=15)
        parser.add_argument("--members", type=int, default=2_000)
        parser.add_argument("--meetings", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1, help="les mêmes données pour le même")

    def handle(self, *, tenants, members, meetings, seed, **options):
        if not 1 <= tenants <= 5_000:
            raise CommandError("--tenants : entre 1 et 5000.")
        for name, value in (("members", members), ("meetings", meetings)):
            if not tenants <= value <= 10_000_000:
                raise CommandError(f"--{name} : entre le nombre de ministères et dix millions.")
        began = time.monotonic()

        def say(what, count):
            self.stdout.write(f"{count:>9} {NAMES[what]}  {time.monotonic() - began:6.1f} s")

        try:
            made = loading.load(
                tenants=tenants, members=members, meetings=meetings, seed=seed,
                now=timezone.now(), say=say,
            )  # fmt: skip
        except loading.NotHere as refusal:
            raise CommandError(str(refusal)) from refusal
        except loading.OthersAreHere as found:
            raise CommandError(
                f"{found.ministries} ministères de démonstration sont déjà là : rien n’est changé. "
                "`make fresh` efface les données de ce dossier."
            ) from found
        self.stdout.write(
            f"Tout est là, en {time.monotonic() - began:.1f} s." if made
            else "Ces ministères sont déjà là : rien n’est changé."
        )  # fmt: skip
