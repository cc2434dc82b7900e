"""`manage.py audit_sequence`: places what waits, and signs with keys that have changed."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import sequencer


class Command(BaseCommand):
    help = (
        "Donne leur place dans le journal aux événements qui l’attendent, une fois, et signe tous"
        " les journaux si les clés ont changé. Le service le fait de lui-même chaque seconde."
    )

    def handle(self, **options):
        placed = 0
        try:
            for tenant_id in sequencer.tenants_with_log():
                while count := sequencer.sequence(tenant_id, now=timezone.now()):
                    placed += count
        except ImproperlyConfigured as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"{placed} événement(s) placé(s).")
