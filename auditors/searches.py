"""Searches and their addresses.

The address of a page carries the filter, but nothing that somebody typed, a name, a title, words, a
network: addresses stay in histories, in proxies' logs
and in messages. That is kept in their session, under an id that means nothing to
anybody else and is soon forgotten.
"""

import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext

from auditors.forms import LogFilterForm, id_in

KEY = "log_searches"
LIFETIME = timedelta(hours=2)
MOST_KEPT = 40
# Parameters of an address that hold an id of what was typed, and the fields that they fill.
TYPED = {"who": "person", "titled": "meeting", "from": "address", "says": "text"}
PLAIN = ("meeting", "outcome", "period", "since", "until")
OF_PERSON = ("outcome", "period", "since", "until")
FILTERING = ("kind", *TYPED, *PLAIN)
ID = re.compile(r"[\w-]{16}")


class Search:
    """A filter as it was asked for: valid or not, with the address that leads to it again."""

    def __init__(self, form: LogFilterForm, session, *, now: datetime, expired: list[str]):
        self.form, self.session, self.now = form, session, now
        self.is_valid = form.is_valid()
        for field in expired:
            self.is_valid = False
            form.add_error(
                field, gettext("Cette recherche n’est plus en mémoire : saisissez-la de nouveau.")
            )
        self.asked = form.asked() if self.is_valid else {}

    @classmethod
    def of_address(cls, query: QueryDict, session, *, now: datetime) -> "Search":
        """The search to which an address leads."""
        typed = {name: query.get(name, "") for name in PLAIN}
        expired = []
        if typed["meeting"] and not id_in(typed["meeting"]):
            typed["meeting"] = ""  # a title in an address is none of ours
            expired.append("meeting")
        for parameter, field in TYPED.items():
            if parameter in query:
                typed[field] = _recall(session, query.get(parameter, ""), now=now)
                if not typed[field]:
                    expired.append(field)
        data = QueryDict(mutable=True)
        data.update(typed)
        data.setlist("kind", query.getlist("kind"))
        return cls(LogFilterForm(data), session, now=now, expired=expired)

    @classmethod
    def of_person(cls, person_id: UUID, query: QueryDict, session, *, now: datetime) -> "Search":
        """What an address asks for of one person: kinds, outcome and time."""
        data = QueryDict(mutable=True)
        data.update({name: query.get(name, "") for name in OF_PERSON})
        data.setlist("kind", query.getlist("kind"))
        data["person"] = str(person_id)
        return cls(LogFilterForm(data), session, now=now, expired=[])

    @classmethod
    def of_form(cls, sent: QueryDict, session, *, now: datetime) -> "Search":
        """The search that was just typed."""
        return cls(LogFilterForm(sent), session, now=now, expired=[])

    def address(self, *, without: str = "") -> str:
        """The query of the address that leads here, or to the same search without one field."""
        query = QueryDict(mutable=True)
        asked = self.form.cleaned_data
        for parameter, field in TYPED.items():
            if not asked[field] or field == without:
                continue
            if field == "meeting" and id_in(asked[field]):
                query[field] = asked[field]
            else:
                query[parameter] = _keep(self.session, asked[field], now=self.now)
        if without != "kind":
            query.setlist("kind", asked["kind"])
        for name in ("outcome", "period", "since", "until"):
            if name in self.asked and name != without:
                query[name] = self.asked[name]
        return query.urlencode()

    def chips(self) -> list[dict[str, str]]:
        """What is asked for, each with the address that leaves it out."""
        return [
            {
                "label": str(self.form.fields[name].label),
                "words": words,
                "without": self.address(without=name),
            }
            for name, words in self.form.in_words().items()
        ]


def _keep(session, text: str, *, now: datetime) -> str:
    """The id under which this session finds the text; the same for the same text."""
    kept = session.get(KEY, {})
    for token, (known, _since) in kept.items():
        if known == text and _recall(session, token, now=now):
            return token
    token = secrets.token_urlsafe(12)
    kept[token] = (text, now.timestamp())
    newest = sorted(kept.items(), key=lambda item: item[1][1], reverse=True)
    session[KEY] = dict(newest[:MOST_KEPT])
    return token


def _recall(session, token: str, *, now: datetime) -> str:
    """What was kept under an id; empty where nothing is, or no longer."""
    if not ID.fullmatch(token):
        return ""
    text, since = session.get(KEY, {}).get(token, ("", 0))
    return text if now.timestamp() - since < LIFETIME.total_seconds() else ""
