"""Why claims lead to a ministry, or do not; and on which of its mappings a membership stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tenants.models import MappingKind, Member, Tenant
from tenants.services import AssertedClaims, mapping_of, tenants_for


class Verdict(StrEnum):
    """What one claim does for a ministry."""

    LEADS = "leads"
    NOT_COUNTED = "not_counted"  # known, but the ministry's order leaves its kind out
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True)
class TestedClaims:
    """What an administrator tries: claims that ProConnect could assert of somebody."""

    siret: str = ""
    email: str = ""
    idp_id: str = ""
    given_name: str = ""
    usual_name: str = ""


@dataclass(frozen=True)
class Step:
    """One claim, judged by one ministry. `rank`: its place in the order, from 1; 0 for none."""

    kind: MappingKind
    value: str
    verdict: Verdict
    rank: int


@dataclass(frozen=True)
class Explanation:
    """Where claims lead. Of other ministries it holds the names, and nothing of why: their SIRETs,
    providers and order are their own."""

    steps: list[Step]
    others: list[str]

    @property
    def deciding(self) -> Step | None:
        """The claim that leads here, the surest where several do."""
        leading = [step for step in self.steps if step.verdict is Verdict.LEADS]
        return min(leading, key=lambda step: step.rank, default=None)


def explain(claims: AssertedClaims, *, tenant: Tenant) -> Explanation:
    """Where these claims lead, and why they lead to this tenant or not."""
    others = [match.tenant.name for match in tenants_for(claims) if match.tenant.id != tenant.id]
    return Explanation(_steps(claims, mapping_of(tenant)), sorted(others))


def locks_out(
    member: Member,
    *,
    tenant: Tenant,
    order: Iterable[MappingKind] | None = None,
    remove: Iterable[tuple[MappingKind, str]] = (),
) -> bool:
    """Whether this member, who comes in today, would not any more after the change."""
    now = mapping_of(tenant)
    removed = {(str(kind), value.lower()) for kind, value in remove}
    then = {
        str(kind): [value for value in now[kind] if (kind, value) not in removed]
        for kind in MappingKind
    }
    then["order"] = now["order"] if order is None else [str(kind) for kind in order]
    return _leads(member, now) and not _leads(member, then)


def _leads(claims: AssertedClaims, mapping: dict[str, list[str]]) -> bool:
    return any(step.verdict is Verdict.LEADS for step in _steps(claims, mapping))


def _steps(claims: AssertedClaims, mapping: dict[str, list[str]]) -> list[Step]:
    """Each kind of claim, in the ministry's order; those that it leaves out come last."""
    values = {
        MappingKind.IDP: claims.idp_id.lower(),
        MappingKind.SIRET: claims.siret,
        MappingKind.DOMAIN: claims.email.lower().rpartition("@")[2],
    }
    order = [MappingKind(kind) for kind in mapping["order"]]
    steps = []
    for kind in [*order, *(kind for kind in MappingKind if kind not in order)]:
        value = values[kind]
        if not value:
            verdict = Verdict.ABSENT
        elif value not in mapping[kind]:
            verdict = Verdict.UNKNOWN
        else:
            verdict = Verdict.LEADS if kind in order else Verdict.NOT_COUNTED
        steps.append(Step(kind, value, verdict, order.index(kind) + 1 if kind in order else 0))
    return steps
