"""`manage.py audit_export`: a part of a ministry's log, or all of it, that proves itself."""

import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.export.bundle import NothingSigned, export
from audit.export.rows import Asked
from audit.store import MissingHashes
from tenants.naming import tenant_with_log

ONLY_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def beginning(text: str) -> datetime:
    """A moment; a day alone is its beginning, in the zone of the settings."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"« {text} » n’est ni un jour ni une date et heure ISO") from None
    return moment if moment.tzinfo else timezone.make_aware(moment)


def end(text: str) -> datetime:
    """A moment, which is not included; a day alone is included."""
    moment = beginning(text)
    if not ONLY_A_DAY.fullmatch(text):
        return moment
    return timezone.make_aware(timezone.make_naive(moment) + timedelta(days=1))


class Command(BaseCommand):
    help = (
        "Exporte le journal d’un ministère avec ses preuves, dans un fichier que chacun peut vérifier"
        " (python -m audit.verify). L’export est inscrit au journal."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--tenant", required=True, help="nom court du ministère, ou identifiant"
        )
        parser.add_argument(
            "--from", dest="since", type=beginning, help="événements depuis cette date"
        )
        parser.add_argument("--to", dest="until", type=end, help="et jusqu’à cette date")
        parser.add_argument("--meeting", type=UUID, help="identifiant d’une réunion")
        parser.add_argument("--output", required=True, type=Path, metavar="BUNDLE.zip")

    def handle(self, *, tenant, since, until, meeting, output, **options):
        asked = Asked(since=since, until=until, meeting_id=meeting)
        try:
            count = export(tenant_with_log(tenant), asked, output, now=timezone.now())
        except NothingSigned:
            raise CommandError("Ce journal n’a pas encore de point de contrôle.") from None
        except MissingHashes as missing:
            raise CommandError(
                f"Le journal n’est pas entier : {missing}. Rien n’a été exporté ; manage.py"
                " audit_check dit ce qui a été ôté."
            ) from None
        except FileExistsError:
            raise CommandError(f"{output} existe déjà.") from None
        except OSError as error:
            raise CommandError(f"{output} n’a pas pu être écrit : {error.strerror}.") from error
        self.stdout.write(f"{count} entrée(s) dans {output}.")
