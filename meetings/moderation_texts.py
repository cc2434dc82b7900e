"""What the room's JavaScript says of rights, moderation, raised hands and reactions."""

from django.utils.translation import gettext as _


def moderation_texts() -> dict[str, str]:
    """Texts by key, in the reader's language; `%(name)s` is filled in by the browser."""
    return (
        _standing()
        | _forbidden()
        | _hands()
        | _reactions()
        | _person_menu()
        | _problems()
        | _barred()
        | _notices()
        | _role_notices()
        | _rights_notices()
        | _person_rights_notices()
    )


def _standing() -> dict[str, str]:
    return {
        "role_co_host": _("Co-organisateur"),
        "role_presenter": _("Présentateur"),
        "role_guest": _("Invité"),
        "proof_code": _("Adresse vérifiée"),
        "proof_name": _("Identité non vérifiée"),
        "person_actions": _("Agir sur %(name)s"),
    }


def _forbidden() -> dict[str, str]:
    return {
        "forbidden_all_microphone": _(
            "Seuls les organisateurs et les présentateurs peuvent parler pour le moment."
        ),
        "forbidden_all_camera": _(
            "Seuls les organisateurs et les présentateurs peuvent montrer leur image pour le "
            "moment."
        ),
        "forbidden_all_share": _(
            "Seuls les organisateurs et les présentateurs peuvent partager leur écran pour le "
            "moment."
        ),
        "forbidden_all_chat": _(
            "Seuls les organisateurs et les présentateurs peuvent écrire pour le moment."
        ),
        "forbidden_you_microphone": _("Le micro ne vous est pas permis dans cette réunion."),
        "forbidden_you_camera": _("La caméra ne vous est pas permise dans cette réunion."),
        "forbidden_you_share": _("Le partage d’écran ne vous est pas permis dans cette réunion."),
        "forbidden_you_chat": _("La discussion ne vous est pas permise dans cette réunion."),
        "forbidden_you_raise_hand": _("Lever la main ne vous est pas permis dans cette réunion."),
        "forbidden_you_react": _("Réagir ne vous est pas permis dans cette réunion."),
    }


def _hands() -> dict[str, str]:
    return {
        "hand_raise": _("Lever la main (H)"),
        "hand_lower": _("Baisser la main (H)"),
        "hand_up": _("Vous avez levé la main."),
        "hand_down": _("Vous avez baissé la main."),
        "hand_first": _("%(name)s lève la main, en premier."),
        "hand_next": _("%(name)s lève la main, %(place)se dans l’ordre."),
        "hand_place_first": _("Main levée, en premier"),
        "hand_place": _("Main levée, %(place)se dans l’ordre"),
        "hands_none": _("Aucune main levée"),
        "hands_count_one": _("%(count)s main levée"),
        "hands_count_other": _("%(count)s mains levées"),
    }


def _reactions() -> dict[str, str]:
    return {
        "reaction_thumbs_up": _("pouce levé"),
        "reaction_applause": _("applaudissements"),
        "reaction_heart": _("cœur"),
        "reaction_laugh": _("rire"),
        "reaction_surprise": _("surprise"),
        "reaction_thinking": _("réflexion"),
        "reaction_of": _("%(name)s réagit : %(reactions)s"),
        "reactions_of_one": _("%(count)s personne réagit : %(reactions)s"),
        "reactions_of_other": _("%(count)s personnes réagissent : %(reactions)s"),
    }


def _person_menu() -> dict[str, str]:
    return {
        "act_mute": _("Couper le micro"),
        "act_lower_hand": _("Baisser la main"),
        "act_forbid_microphone": _("Interdire le micro"),
        "act_allow_microphone": _("Permettre le micro"),
        "act_forbid_camera": _("Interdire la caméra"),
        "act_allow_camera": _("Permettre la caméra"),
        "act_forbid_share": _("Interdire le partage d’écran"),
        "act_allow_share": _("Permettre le partage d’écran"),
        "act_forbid_chat": _("Interdire la discussion"),
        "act_allow_chat": _("Permettre la discussion"),
        "act_role_co_host": _("Nommer co-organisateur"),
        "act_role_presenter": _("Nommer présentateur"),
        "act_role_participant": _("Rendre simple participant"),
        "act_remove": _("Exclure de la réunion"),
        "remove_title": _("Exclure %(name)s ?"),
    }


def _problems() -> dict[str, str]:
    return {
        "act_no_answer": _(
            "Le serveur ne répond pas : rien n’a changé. Réessayez dans un instant."
        ),
        "act_failed": _("Cela n’a pas pu être fait : rien n’a changé. Réessayez."),
        "act_not_allowed": _("Vous n’avez pas, ou plus, le droit de faire cela."),
        "act_gone": _("La personne ou le message n’est plus là."),
        "act_too_fast": _("Trop de demandes à la suite. Réessayez dans quelques secondes."),
    }


def _barred() -> dict[str, str]:
    return {
        "barred_loading": _("Chargement…"),
        "barred_none": _("Personne n’a été exclu."),
        "barred_by": _("exclusion par %(by)s à %(time)s"),
        "barred_back": _("Laisser revenir"),
        "barred_back_person": _("Laisser revenir %(name)s"),
    }


# Each notice in three voices: `other` names everybody, `me` speaks to the person concerned, `mine`
# to the person who did it.
def _notices() -> dict[str, str]:
    return {
        "somebody": _("L’organisateur"),
        "notice_muted_all_other": _("%(by)s a coupé le micro de tous."),
        "notice_muted_all_mine": _("Vous avez coupé le micro de tous."),
        "notice_muted_other": _("%(by)s a coupé le micro de %(person)s."),
        "notice_muted_me": _("%(by)s a coupé votre micro."),
        "notice_muted_mine": _("Vous avez coupé le micro de %(person)s."),
        "notice_muted_hint": _("Vous pouvez le réactiver."),
        "notice_muted_all_hint": _("Vous pouvez réactiver le vôtre."),
        "notice_locked_other": _(
            "%(by)s a verrouillé la réunion : plus personne de nouveau n’entre."
        ),
        "notice_locked_mine": _(
            "Vous avez verrouillé la réunion : plus personne de nouveau n’entre."
        ),
        "notice_unlocked_other": _("%(by)s a déverrouillé la réunion."),
        "notice_unlocked_mine": _("Vous avez déverrouillé la réunion."),
        "notice_hands_lowered_other": _("%(by)s a baissé toutes les mains."),
        "notice_hands_lowered_mine": _("Vous avez baissé toutes les mains."),
        "notice_hand_lowered_other": _("%(by)s a baissé la main de %(person)s."),
        "notice_hand_lowered_me": _("%(by)s a baissé votre main."),
        "notice_hand_lowered_mine": _("Vous avez baissé la main de %(person)s."),
        "notice_removed_other": _("%(by)s a exclu %(person)s."),
        "notice_removed_me": _("%(by)s vous a exclu de la réunion."),
        "notice_removed_mine": _("Vous avez exclu %(person)s."),
        "notice_unbarred_other": _("%(by)s laisse %(person)s revenir."),
        "notice_unbarred_me": _("%(by)s vous laisse revenir."),
        "notice_unbarred_mine": _("Vous laissez %(person)s revenir."),
    }


def _role_notices() -> dict[str, str]:
    return {
        "notice_role_co_host_other": _("%(by)s a nommé %(person)s co-organisateur."),
        "notice_role_co_host_me": _(
            "%(by)s vous a nommé co-organisateur : vous pouvez faire entrer et modérer."
        ),
        "notice_role_co_host_mine": _("Vous avez nommé %(person)s co-organisateur."),
        "notice_role_presenter_other": _("%(by)s a nommé %(person)s présentateur."),
        "notice_role_presenter_me": _(
            "%(by)s vous a nommé présentateur : vous pouvez parler et partager quand les autres "
            "ne le peuvent pas."
        ),
        "notice_role_presenter_mine": _("Vous avez nommé %(person)s présentateur."),
        "notice_role_participant_other": _("%(person)s est de nouveau participant (%(by)s)."),
        "notice_role_participant_me": _("Vous êtes de nouveau participant (%(by)s)."),
        "notice_role_participant_mine": _("Vous avez rendu %(person)s participant."),
    }


def _rights_notices() -> dict[str, str]:
    return {
        "notice_all_microphone_forbidden_other": _("%(by)s a interdit le micro aux participants."),
        "notice_all_microphone_forbidden_mine": _("Vous avez interdit le micro aux participants."),
        "notice_all_microphone_allowed_other": _("%(by)s permet le micro aux participants."),
        "notice_all_microphone_allowed_mine": _("Vous permettez le micro aux participants."),
        "notice_all_camera_forbidden_other": _("%(by)s a interdit la caméra aux participants."),
        "notice_all_camera_forbidden_mine": _("Vous avez interdit la caméra aux participants."),
        "notice_all_camera_allowed_other": _("%(by)s permet la caméra aux participants."),
        "notice_all_camera_allowed_mine": _("Vous permettez la caméra aux participants."),
        "notice_all_share_forbidden_other": _(
            "%(by)s a interdit le partage d’écran aux participants."
        ),
        "notice_all_share_forbidden_mine": _(
            "Vous avez interdit le partage d’écran aux participants."
        ),
        "notice_all_share_allowed_other": _("%(by)s permet le partage d’écran aux participants."),
        "notice_all_share_allowed_mine": _("Vous permettez le partage d’écran aux participants."),
        "notice_all_chat_forbidden_other": _("%(by)s a fermé la discussion aux participants."),
        "notice_all_chat_forbidden_mine": _("Vous avez fermé la discussion aux participants."),
        "notice_all_chat_allowed_other": _("%(by)s a ouvert la discussion aux participants."),
        "notice_all_chat_allowed_mine": _("Vous avez ouvert la discussion aux participants."),
    }


def _person_rights_notices() -> dict[str, str]:
    return {
        "notice_microphone_forbidden_other": _("%(by)s a interdit le micro à %(person)s."),
        "notice_microphone_forbidden_me": _(
            "%(by)s vous a interdit le micro. Vous pouvez lever la main pour le demander."
        ),
        "notice_microphone_forbidden_mine": _("Vous avez interdit le micro à %(person)s."),
        "notice_microphone_allowed_other": _("%(by)s permet le micro à %(person)s."),
        "notice_microphone_allowed_me": _(
            "%(by)s vous permet de nouveau le micro : activez-le quand vous voulez."
        ),
        "notice_microphone_allowed_mine": _("Vous permettez le micro à %(person)s."),
        "notice_camera_forbidden_other": _("%(by)s a interdit la caméra à %(person)s."),
        "notice_camera_forbidden_me": _("%(by)s vous a interdit la caméra."),
        "notice_camera_forbidden_mine": _("Vous avez interdit la caméra à %(person)s."),
        "notice_camera_allowed_other": _("%(by)s permet la caméra à %(person)s."),
        "notice_camera_allowed_me": _(
            "%(by)s vous permet de nouveau la caméra : activez-la quand vous voulez."
        ),
        "notice_camera_allowed_mine": _("Vous permettez la caméra à %(person)s."),
        "notice_share_forbidden_other": _("%(by)s a interdit le partage d’écran à %(person)s."),
        "notice_share_forbidden_me": _("%(by)s vous a interdit le partage d’écran."),
        "notice_share_forbidden_mine": _("Vous avez interdit le partage d’écran à %(person)s."),
        "notice_share_allowed_other": _("%(by)s permet le partage d’écran à %(person)s."),
        "notice_share_allowed_me": _("%(by)s vous permet de nouveau le partage d’écran."),
        "notice_share_allowed_mine": _("Vous permettez le partage d’écran à %(person)s."),
        "notice_chat_forbidden_other": _("%(by)s a fermé la discussion à %(person)s."),
        "notice_chat_forbidden_me": _("%(by)s vous a fermé la discussion : vous pouvez la lire."),
        "notice_chat_forbidden_mine": _("Vous avez fermé la discussion à %(person)s."),
        "notice_chat_allowed_other": _("%(by)s a ouvert la discussion à %(person)s."),
        "notice_chat_allowed_me": _("%(by)s vous a ouvert la discussion."),
        "notice_chat_allowed_mine": _("Vous avez ouvert la discussion à %(person)s."),
    }
