"""`manage.py anssi_check`: the self-check on a terminal; 1 when anything fails."""

from collections import Counter

from django.core.management.base import BaseCommand

from visio.anssi_check.answers import Result
from visio.anssi_check.table import find_all


class Command(BaseCommand):
    help = "Vérifie l’installation qui tourne d’après les guides de l’ANSSI."
    requires_system_checks = ()

    def handle(self, **options):
        found = find_all()
        signs = {
            Result.PASSED: self.style.SUCCESS("✓"),
            Result.FAILED: self.style.ERROR("✗"),
            Result.NOT_APPLICABLE: "–",
        }
        for title, findings in found:
            self.stdout.write(f"\n{title}")
            for one in findings:
                detail = f" – {one.detail}" if one.detail else ""
                self.stdout.write(
                    f"  {signs[one.result]} {one.result.label} · {one.guide} · {one.title}{detail}"
                )
                if one.mend:
                    self.stdout.write(f"      → {one.mend}")
        counts = Counter(one.result for _title, findings in found for one in findings)
        told = ", ".join(f"{result.label.lower()} : {counts[result]}" for result in Result)
        self.stdout.write(f"\n{told}")
        if counts[Result.FAILED]:
            raise SystemExit(1)
