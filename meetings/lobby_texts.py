"""What the room's JavaScript says around the lobby: to who waits, and to who decides."""

from django.utils.translation import gettext as _


def lobby_texts() -> dict[str, str]:
    """Texts by key, in the reader's language; `%(name)s` is filled in by the browser."""
    return _guest() | _waiting() | _turned_away() | _knocks() | _people() | _decisions()


def _guest() -> dict[str, str]:
    return {
        "name_needed": _("Écrivez votre nom : l’organisateur doit savoir qui demande à entrer."),
        "refused_name_needed": _("Il manque votre nom. Rechargez la page pour l’écrire."),
        "refused_code_needed": _(
            "Cette réunion demande une adresse prouvée par un code. Rechargez la page pour en "
            "recevoir un."
        ),
        "refused_guests_not_admitted": _(
            "Cette réunion n’accepte pas d’invités extérieurs. Si vous êtes agent de l’État, "
            "identifiez-vous avec ProConnect ; sinon, écrivez à l’organisateur, qui peut l’autoriser."
        ),
        "refused_locked": _(
            "La réunion est verrouillée : plus personne de nouveau n’y entre. Écrivez à "
            "l’organisateur, puis réessayez."
        ),
        "refused_full": _(
            "La réunion est pleine. Réessayez dans un moment : une place se libère quand quelqu’un "
            "quitte la salle."
        ),
    }


def _waiting() -> dict[str, str]:
    return {
        "waiting_text": _(
            "L’organisateur a été prévenu. Vous entrerez dès qu’il vous aura admis, sans rien faire."
        ),
        "waiting_no_host": _(
            "L’organisateur n’est pas encore là ; il verra votre demande. Vous entrerez dès qu’il "
            "vous aura admis, sans rien faire."
        ),
        "waiting_lost_network": _(
            "La connexion est coupée, nouvel essai dans %(seconds)s s. Gardez cette page ouverte."
        ),
        "waiting_lost_server": _(
            "Le serveur ne répond pas, nouvel essai dans %(seconds)s s. Gardez cette page ouverte."
        ),
        "waiting_back": _("La connexion est rétablie, vous attendez toujours."),
        "admitted": _("Vous êtes admis. Connexion à la réunion…"),
        "admitted_title": _("Vous êtes admis"),
        "turned_away_title": _("Vous n’êtes pas entré"),
    }


def _turned_away() -> dict[str, str]:
    return {
        "left_refused_title": _("Votre demande a été refusée"),
        "left_refused_text": _(
            "Vous pourrez redemander à entrer une minute après le refus. Vous pouvez aussi écrire à "
            "l’organisateur."
        ),
        "left_locked_title": _("La réunion est verrouillée"),
        "left_locked_text": _(
            "Plus personne de nouveau n’y entre. Écrivez à l’organisateur, puis redemandez."
        ),
        "left_full_title": _("La réunion est pleine"),
        "left_full_text": _("Une place se libère quand quelqu’un quitte la salle."),
        "left_cancelled_title": _("La réunion a été annulée"),
        "left_cancelled_text": _(
            "Si vous pensez qu’il s’agit d’une erreur, écrivez à l’organisateur."
        ),
        "left_closed_title": _("Vous n’êtes plus dans la réunion"),
        "left_closed_text": _("Il n’a pas été possible d’y revenir. Réessayez."),
        "come_back": _("Revenir"),
        "ask_again": _("Redemander à entrer"),
        "ask_again_in": _("Redemander dans %(seconds)s s"),
        "ask_again_now": _("Vous pouvez redemander à entrer."),
    }


def _knocks() -> dict[str, str]:
    return {
        "knock_name": _("%(name)s demande à entrer"),
        "knock_more_one": _("%(name)s et %(count)s autre personne demandent à entrer"),
        "knock_more_other": _("%(name)s et %(count)s autres personnes demandent à entrer"),
        "lobby_count_one": _("%(count)s en attente"),
        "lobby_count_other": _("%(count)s en attente"),
        "lobby_title": _("En attente (%(count)s)"),
    }


def _people() -> dict[str, str]:
    return {
        "outside_guest": _("Invité extérieur"),
        "proof_agent": _("Agent identifié par ProConnect"),
        "proof_agent_address": _("Agent identifié par ProConnect : %(email)s"),
        "proof_code": _("Adresse vérifiée"),
        "proof_code_address": _("Adresse vérifiée : %(email)s"),
        "proof_name": _("Identité non vérifiée"),
        "waits_since": _("depuis %(time)s"),
        "admit": _("Admettre"),
        "admit_person": _("Admettre %(name)s"),
        "refuse": _("Refuser"),
        "refuse_person": _("Refuser %(name)s"),
    }


def _decisions() -> dict[str, str]:
    return {
        "admitting": _("Admission…"),
        "refusing": _("Refus…"),
        "was_admitted": _("Admis"),
        "was_refused": _("Refusé"),
        "was_gone": _("N’attend plus"),
        "was_admitted_by": _("Admis par %(by)s"),
        "was_refused_by": _("Refusé par %(by)s"),
        "told_admitted": _("%(name)s peut entrer."),
        "told_refused": _("%(name)s n’entrera pas."),
        "told_gone": _("%(name)s n’attend plus."),
        "told_admitted_by": _("%(name)s : admis par %(by)s."),
        "told_refused_by": _("%(name)s : refusé par %(by)s."),
        "told_many": _("%(count)s demandes ont été décidées."),
        "decision_not_sent": _(
            "La décision n’est pas partie : la connexion est coupée. Réessayez quand elle revient."
        ),
        "decision_unknown": _(
            "La décision n’a pas été confirmée. La liste est relue : vérifiez-la."
        ),
        "lobby_lost": _("Connexion coupée : la liste se mettra à jour d’elle-même."),
    }
