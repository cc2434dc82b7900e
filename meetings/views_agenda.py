"""What a person reads of their meetings: today, a week, what is to come, what is over, and search.

Each view answers the whole page, or the part of it that an open page asks for again.
"""

from datetime import date, timedelta

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from meetings import agenda as agendas
from meetings import agenda_pages
from meetings.agenda_pages import Turn
from meetings.views import agenda_socket, may_organise, render_fragment
from meetings.views_join import JoinForm
from tenants.decorators import member_required
from tenants.words import visible_line
from tenants.zones import activate_zone


@require_GET
def agenda(request):
    """The home page: for who is not signed in, what Visio is; for the others, their day."""
    if not request.user.is_authenticated or request.user.is_guest:
        return render(request, "home.html", {"form": JoinForm(), "legal": settings.LEGAL})
    return today(request)


@member_required
def today(request):
    """Today as a line of time, the next meeting first, then the six days that follow."""
    zone, now = activate_zone(request), timezone.now()
    days = agendas.coming_days(request.member, now=now, zone=zone)
    context = {
        "days": days,
        "today": days[0],
        "next_item": agendas.next_item(days, now=now),
        "now": now,
    }
    return answer(request, "meetings/agenda_content.html", context)


@member_required
@require_GET
def week(request, day: date | None = None):
    """Monday to Sunday around a day, this week without one."""
    zone, now = activate_zone(request), timezone.now()
    this_day = now.astimezone(zone).date()
    monday = monday_of(day or this_day)
    days = agendas.seven_days(request.member, monday, now=now, zone=zone)
    context = {
        "days": days,
        "sunday": monday + timedelta(days=6),
        "before": _with_an_address(monday - timedelta(days=7)),
        "after": _with_an_address(monday + timedelta(days=7)),
        "is_this_week": monday == monday_of(this_day),
        "works_at_weekend": any(day.items for day in days[5:]),
        "is_cut": sum(len(day.items) for day in days) >= agendas.MOST,
        "now": now,
    }
    return answer(request, "meetings/agenda_week.html", context)


@member_required
@require_GET
def upcoming(request):
    """What goes on and what is to come, page by page; with words, what of it they find."""
    zone, now, words = activate_zone(request), timezone.now(), asked_words(request)
    page = agenda_pages.upcoming(request.member, words=words, turn=turn_of(request), now=now)
    days = agendas.by_day(page.items, now=now, zone=zone)
    context = {"days": days, "page": page, "words": words, "now": now}
    return answer(request, "meetings/agenda_upcoming.html", context)


@member_required
@require_GET
def past(request):
    """What is over, page by page: how long it lasted and how many came."""
    zone, now, words = activate_zone(request), timezone.now(), asked_words(request)
    page = agenda_pages.past(request.member, words=words, turn=turn_of(request), now=now)
    days = agendas.by_day(page.items, now=now, zone=zone)
    context = {"days": days, "page": page, "words": words, "now": now}
    return answer(request, "meetings/agenda_past.html", context)


@member_required
@require_GET
def search(request):
    """What words find among one's own meetings: the next ones, then the latest past ones."""
    zone, now, words = activate_zone(request), timezone.now(), asked_words(request)
    context = {"words": words, "now": now}
    if words:
        found = {
            "upcoming": agenda_pages.upcoming(
                request.member, words=words, now=now, size=agenda_pages.FOUND
            ),
            "past": agenda_pages.past(
                request.member, words=words, now=now, size=agenda_pages.FOUND
            ),
        }
        for name, page in found.items():
            context[name] = page
            context[f"{name}_days"] = agendas.by_day(page.items, now=now, zone=zone)
    return answer(request, "meetings/agenda_search.html", context)


def answer(request, template: str, context: dict):
    """The part alone, or the page around it."""
    context |= {"can_organise": may_organise(request)}
    if request.headers.get("X-Fragment") == "agenda":
        return render_fragment(request, template, context)
    context |= {"content_template": template, "socket_url": agenda_socket()}
    return render(request, "meetings/agenda.html", context)


def asked_words(request) -> str:
    return visible_line(request.GET.get("q", ""))


def turn_of(request) -> Turn:
    return Turn(after=request.GET.get("apres", ""), before=request.GET.get("avant", ""))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _with_an_address(day: date) -> date | None:
    """Addresses of weeks end with the century (urls.py)."""
    return day if 2000 <= day.year < 2100 else None
