"""Ministries and their people: made, mapped, bound by rules, signed in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.kinds import Kind, Outcome
from audit.log import Actor, record
from isolation.scope import tenant_scope
from tenants.models import (
    MappingKind,
    Member,
    MemberState,
    Policy,
    PromisedRole,
    Role,
    Tenant,
    TenantMapping,
    User,
)
from tenants.policies import ROLES_UNDER_MFA
from tenants.signals import policy_changed

SIRET = re.compile(r"[0-9]{14}")
IDP_ID = re.compile(r"[a-z0-9._:-]{1,64}")
DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


class MemberLeft(Exception):
    """The person was a member of this tenant and has left it."""


class SecondFactorNeeded(Exception):
    """The person administers or audits, and signed in with one factor only."""


class AssertedClaims(Protocol):
    """What an identity provider asserts of a person (tenants.proconnect.backend.Claims)."""

    @property
    def given_name(self) -> str: ...
    @property
    def usual_name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def siret(self) -> str: ...
    @property
    def idp_id(self) -> str: ...


@dataclass(frozen=True)
class Match:
    """A tenant that claims lead to, by which claim, and at which place of the tenant's order."""

    tenant: Tenant
    kind: MappingKind
    rank: int


def tenants_for(claims: AssertedClaims) -> list[Match]:
    """Every active tenant that these claims lead to, the surest first.

    Each tenant says which claims count for it and in which order (SIRET is unreliable for some
    populations); a claim that is not in its order leads nobody to it.
    """
    domain = claims.email.rpartition("@")[2]
    wanted = {
        MappingKind.IDP: claims.idp_id,
        MappingKind.SIRET: claims.siret,
        MappingKind.DOMAIN: domain,
    }
    conditions = [Q(kind=kind, value=value) for kind, value in wanted.items() if value]
    if not conditions:
        return []
    mappings = TenantMapping.objects.filter(
        _any(conditions), tenant__is_active=True
    ).select_related("tenant")
    best: dict[UUID, Match] = {}
    for mapping in mappings:
        order = mapping.tenant.mapping_order
        if mapping.kind not in order:
            continue
        match = Match(mapping.tenant, MappingKind(mapping.kind), order.index(mapping.kind))
        if mapping.tenant_id not in best or match.rank < best[mapping.tenant_id].rank:
            best[mapping.tenant_id] = match
    return sorted(best.values(), key=lambda match: (match.rank, match.tenant.name))


def _any(conditions: list[Q]) -> Q:
    combined = Q()
    for condition in conditions:
        combined |= condition
    return combined


def tenants_of(user: User) -> list[Tenant]:
    """The active tenants of which this person is an active member."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT visio_tenants_of(%s)", [user.id])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Tenant.objects.filter(id__in=ids).order_by("name"))


def tenants_with_address(email: str) -> list[UUID]:
    """To which tenants an invitation to this address is delivered."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT visio_tenants_with_address(%s)", [email])
        return [row[0] for row in cursor.fetchall()]


def sign_in_member(
    *, user: User, claims: AssertedClaims, tenant: Tenant, has_second_factor: bool, now: datetime
) -> Member:
    """The person's membership, made just in time, with the name and address that were asserted.

    Raises MemberLeft, after the log has it; SecondFactorNeeded for who administers or audits.
    """
    with tenant_scope(tenant.id):
        member, made = Member.objects.get_or_create(user=user, defaults=_identity(claims))
        left = member.state == MemberState.LEFT
        if left:
            record(
                Kind.SIGN_IN_REFUSED, actor=member, outcome=Outcome.REFUSED, reason="member_left"
            )
        else:
            if made:
                record(Kind.MEMBER_CREATED, actor=member, subject=member)
            identity = _identity(claims)
            for name, value in identity.items():
                setattr(member, name, value)
            _keep_promise(member, now=now)
            if not has_second_factor and ROLES_UNDER_MFA.intersection(member.roles):
                raise SecondFactorNeeded
            member.last_sign_in_at = now
            # Nothing else: an administrator may change roles and state at the same moment.
            member.save(update_fields=[*identity, "last_sign_in_at"])
            record(Kind.SIGN_IN, actor=member)
    if left:
        raise MemberLeft
    return member


def _identity(claims: AssertedClaims) -> dict[str, str]:
    return {
        "given_name": claims.given_name,
        "usual_name": claims.usual_name,
        "email": claims.email,
        "siret": claims.siret[:14],
        "idp_id": claims.idp_id[:64],
    }


def _keep_promise(member: Member, *, now: datetime) -> None:
    """Roles that were named for this address before the person ever came."""
    promise = PromisedRole.objects.filter(email=member.email, kept_at=None).first()
    if promise is None:
        return
    promise.kept_at = now
    promise.save(update_fields=["kept_at"])
    before = Member.objects.select_for_update().get(id=member.id).roles
    member.roles = sorted({*before, *promise.roles})
    member.save(update_fields=["roles"])
    record(
        Kind.ROLES_CHANGED,
        subject=member,
        before={"roles": before},
        after={"roles": member.roles},
        by_promise=True,
    )


@transaction.atomic
def create_tenant(
    *,
    name: str,
    short_name: str,
    mappings: list[tuple[MappingKind, str]],
    administrator: str,
) -> Tenant:
    """An operator makes a ministry and names its first administrator by address.

    Raises ValidationError with one message for each thing that is wrong.
    """
    problems = [problem for kind, value in mappings if (problem := _problem(kind, value))]
    try:
        validate_email(administrator)
    except ValidationError:
        problems.append(_("« %(email)s » n’est pas une adresse.") % {"email": administrator})
    if not mappings:
        problems.append(_("Il faut au moins un SIRET, un domaine ou un fournisseur d’identité."))
    if Tenant.objects.filter(Q(name=name) | Q(short_name=short_name)).exists():
        problems.append(_("Un ministère porte déjà ce nom ou ce nom court."))
    if problems:
        raise ValidationError(problems)
    tenant = Tenant.objects.create(name=name, short_name=short_name)
    for kind, value in mappings:
        TenantMapping.objects.create(tenant=tenant, kind=kind, value=value.lower())
    with tenant_scope(tenant.id):
        PromisedRole.objects.create(email=administrator.lower(), roles=[Role.ADMINISTRATOR])
        record(
            Kind.TENANT_CREATED,
            subject_id=tenant.id,
            name=name,
            mappings=[[str(kind), value] for kind, value in mappings],
        )
    return tenant


def change_mapping(
    *,
    tenant: Tenant,
    order: list[MappingKind] | None = None,
    add: Sequence[tuple[MappingKind, str]] = (),
    remove: Sequence[tuple[MappingKind, str]] = (),
    by: Actor | None = None,
) -> None:
    """Changes which claims lead to a tenant and in which order they count.

    Raises ValidationError with one message for each thing that is wrong.
    """
    problems = [problem for kind, value in add if (problem := _problem(kind, value, tenant))]
    if order is not None and (not order or len(set(order)) != len(order)):
        problems.append(_("L’ordre nomme chaque indication une fois au plus."))
    if problems:
        raise ValidationError(problems)
    with tenant_scope(tenant.id), transaction.atomic():
        before = mapping_of(tenant)
        try:
            for kind, value in add:
                TenantMapping.objects.get_or_create(tenant=tenant, kind=kind, value=value.lower())
        except IntegrityError as error:  # another ministry took it a moment ago
            raise ValidationError(
                _("L’un de ces domaines vient d’être rattaché à un autre ministère.")
            ) from error
        for kind, value in remove:
            TenantMapping.objects.filter(tenant=tenant, kind=kind, value=value.lower()).delete()
        if order is not None:
            tenant.mapping_order = [str(kind) for kind in order]
            tenant.save(update_fields=["mapping_order"])
        after = mapping_of(tenant)
        if after != before:
            record(
                Kind.MAPPING_CHANGED,
                actor=by,
                subject_id=tenant.id,
                before={name: before[name] for name in before if before[name] != after[name]},
                after={name: after[name] for name in after if before[name] != after[name]},
            )


def mapping_of(tenant: Tenant) -> dict[str, list[str]]:
    """What leads to a tenant: the values of each kind of claim, and the order of the kinds."""
    found: dict[str, list[str]] = {str(kind): [] for kind in MappingKind}
    pairs = TenantMapping.objects.filter(tenant=tenant).order_by("value")
    for kind, value in pairs.values_list("kind", "value"):
        found[kind].append(value)
    return found | {"order": list(tenant.mapping_order)}


def change_policy(*, tenant: Tenant, by: Actor | None = None, **changes: object) -> Policy:
    """Changes a tenant's policy; the log keeps what it was and what it became. What binds people
    who are in rooms binds them at once (signals.policy_changed).

    Raises ValidationError for an unknown rule or a value that it cannot have.
    """
    rules = {field.name: field for field in Policy._meta.fields}
    if unknown := sorted(set(changes) - (set(rules) - {"id", "tenant_id"})):
        raise ValidationError(_("Règle inconnue : %(names)s.") % {"names": ", ".join(unknown)})
    with tenant_scope(tenant.id), transaction.atomic():
        made, _is_new = Policy.objects.get_or_create()
        policy = Policy.objects.select_for_update().get(id=made.id)
        before = {name: getattr(policy, name) for name in changes}
        after = {name: rules[name].clean(value, policy) for name, value in changes.items()}
        changed = sorted(name for name in changes if before[name] != after[name])
        if changed:
            for name in changed:
                setattr(policy, name, after[name])
            policy.save(update_fields=changed)
            record(
                Kind.POLICY_CHANGED,
                actor=by,
                subject_id=policy.id,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
            policy_changed.send(sender=Policy, policy=policy, changed=frozenset(changed))
    return policy


def _problem(kind: MappingKind, value: str, tenant: Tenant | None = None) -> str:
    if kind == MappingKind.SIRET and not SIRET.fullmatch(value):
        return _("« %(value)s » n’est pas un SIRET (14 chiffres).") % {"value": value}
    if kind == MappingKind.IDP and not IDP_ID.fullmatch(value.lower()):
        return _("« %(value)s » n’est pas l’identifiant d’un fournisseur d’identité.") % {
            "value": value
        }
    if kind == MappingKind.DOMAIN:
        if len(value) > 253 or not DOMAIN.fullmatch(value.lower()):
            return _("« %(value)s » n’est pas un domaine.") % {"value": value}
        taken = TenantMapping.objects.filter(kind=kind, value=value.lower())
        owner = taken.select_related("tenant").first()
        if owner is not None and owner.tenant_id == getattr(tenant, "id", None):
            return _("Le domaine « %(value)s » est déjà rattaché à ce ministère.") % {
                "value": value
            }
        if owner is not None:
            return _("Le domaine « %(value)s » appartient déjà à un ministère : %(name)s.") % {
                "value": value,
                "name": owner.tenant.name,
            }
    return ""
