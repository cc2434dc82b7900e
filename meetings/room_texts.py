"""What the room's JavaScript says: it has no words of its own."""

from django.utils.translation import gettext as _

from meetings.lobby_texts import lobby_texts
from meetings.moderation_texts import moderation_texts


def room_texts() -> dict[str, str]:
    """Texts by key, in the reader's language; `%(name)s` is filled in by the browser."""
    return (
        _joining()
        | _devices()
        | _permissions()
        | _stage()
        | _people()
        | _sending()
        | _connection()
        | _chat()
        | _left()
        | lobby_texts()
        | moderation_texts()
    )


def _joining() -> dict[str, str]:
    return {
        "join": _("Rejoindre"),
        "joining": _("Connexion…"),
        "connecting": _("Connexion à la réunion…"),
        "retry_server": _("Le serveur de réunion ne répond pas, nouvel essai dans %(seconds)s s."),
        "retry_network": _(
            "Votre ordinateur n’est plus relié au réseau, nouvel essai dans %(seconds)s s."
        ),
        "you_joined": _("Vous êtes dans la réunion."),
        "refused_signed_out": _("Votre session a expiré. Identifiez-vous de nouveau pour entrer."),
        "refused_unknown": _("Cette réunion n’existe pas ou vous n’y êtes pas invité."),
        "refused_over": _("Cette réunion est terminée ou annulée."),
        "refused_no_client": _(
            "La page n’a pas pu être chargée entièrement. Rechargez-la pour entrer."
        ),
        "refused_failed": _("L’entrée dans la réunion a échoué. Réessayez."),
    }


def _devices() -> dict[str, str]:
    return {
        "preview_off": _("Votre caméra est coupée"),
        "preview_starting": _("Démarrage de la caméra…"),
        "preview_blocked": _("La caméra est bloquée par le navigateur"),
        "preview_missing": _("Aucune caméra : vous participez sans image"),
        "preview_busy": _("La caméra est prise par un autre logiciel"),
        "preview_unsupported": _("Ce navigateur ne donne pas accès à la caméra"),
        "microphone_off": _("Votre micro est coupé"),
        "microphone_starting": _("Démarrage du micro…"),
        "microphone_blocked": _("Le micro est bloqué par le navigateur"),
        "microphone_missing": _("Aucun micro : vous pouvez écouter et écrire"),
        "microphone_busy": _("Le micro est pris par un autre logiciel"),
        "microphone_unsupported": _("Ce navigateur ne donne pas accès au micro"),
        "microphone_heard": _("Votre micro fonctionne"),
        "microphone_silent": _("Nous n’entendons rien : parlez, ou choisissez un autre micro"),
        "audioinput_numbered": _("Micro %(number)s"),
        "audioinput_none": _("Aucun micro"),
        "videoinput_numbered": _("Caméra %(number)s"),
        "videoinput_none": _("Aucune caméra"),
        "audiooutput_numbered": _("Haut-parleur %(number)s"),
        "audiooutput_none": _("Haut-parleur de l’ordinateur"),
        "test_sound_failed": _("Le son n’a pas pu être joué sur ce haut-parleur."),
        "device_failed": _("Cet appareil n’a pas pu être utilisé. Le précédent reste en service."),
    }


def _permissions() -> dict[str, str]:
    return {
        "blocked_title_both": _("La caméra et le micro sont bloqués"),
        "blocked_title_mic": _("Le micro est bloqué par le navigateur"),
        "blocked_title_camera": _("La caméra est bloquée par le navigateur"),
        "blocked_chromium": _(
            "Cliquez sur l’icône à gauche de l’adresse de la page, autorisez la caméra et le "
            "micro, puis réessayez. Vous pouvez aussi entrer sans."
        ),
        "blocked_firefox": _(
            "Cliquez sur la caméra barrée à gauche de l’adresse de la page, retirez le blocage, "
            "puis réessayez. Vous pouvez aussi entrer sans."
        ),
        "blocked_safari": _(
            "Ouvrez le menu à gauche de l’adresse, choisissez « Réglages pour ce site web », "
            "autorisez la caméra et le micro, puis réessayez. Vous pouvez aussi entrer sans."
        ),
        "busy_title_both": _("La caméra et le micro sont pris par un autre logiciel"),
        "busy_title_mic": _("Le micro est pris par un autre logiciel"),
        "busy_title_camera": _("La caméra est prise par un autre logiciel"),
        "busy_text": _("Fermez l’autre logiciel de visioconférence, puis réessayez."),
        "missing_title_both": _("Ni caméra ni micro"),
        "missing_title_mic": _("Aucun micro n’est branché"),
        "missing_title_camera": _("Aucune caméra n’est branchée"),
        "missing_text": _("Vous pouvez entrer ainsi, ou brancher un appareil puis réessayer."),
        "unsupported_title_both": _("Ce navigateur ne donne accès ni à la caméra ni au micro"),
        "unsupported_title_mic": _("Ce navigateur ne donne pas accès au micro"),
        "unsupported_title_camera": _("Ce navigateur ne donne pas accès à la caméra"),
        "unsupported_text": _(
            "Utilisez une version récente de Firefox, Edge ou Chrome. Vous pouvez entrer pour "
            "écouter, voir et écrire."
        ),
    }


def _stage() -> dict[str, str]:
    return {
        "you": _("%(name)s (vous)"),
        "screen_of": _("Écran de %(name)s"),
        "shares": _("%(name)s partage son écran."),
        "tile_muted": _("Micro coupé"),
        "tile_weak_network": _("Réseau faible"),
        "pin": _("Épingler"),
        "unpin": _("Détacher"),
        "pin_person": _("Épingler %(name)s"),
        "pin_screen": _("Épingler l’écran de %(name)s"),
        "pinned": _("%(name)s est épinglé."),
        "unpinned": _("%(name)s n’est plus épinglé."),
        "alone": _("Vous êtes la première personne ici. Les autres apparaîtront à leur arrivée."),
        "more_people_one": _("et %(count)s autre"),
        "more_people_other": _("et %(count)s autres"),
    }


def _people() -> dict[str, str]:
    return {
        "people_count_one": _("%(count)s participant"),
        "people_count_other": _("%(count)s participants"),
        "people_title": _("Participants (%(count)s)"),
        "arrived_name": _("%(name)s est là."),
        "arrived_one": _("%(count)s personne est arrivée."),
        "arrived_other": _("%(count)s personnes sont arrivées."),
        "departed_name": _("%(name)s est parti."),
        "departed_one": _("%(count)s personne est partie."),
        "departed_other": _("%(count)s personnes sont parties."),
        "role_host": _("Organise la réunion"),
        "person_mic_on": _("Micro activé"),
        "person_mic_off": _("Micro coupé"),
        "person_camera_on": _("Caméra activée"),
        "person_camera_off": _("Caméra coupée"),
    }


def _sending() -> dict[str, str]:
    return {
        "mic_on": _("Micro activé"),
        "mic_off": _("Micro coupé"),
        "mic_start": _("Activer le micro (Ctrl + D)"),
        "mic_stop": _("Couper le micro (Ctrl + D)"),
        "camera_on": _("Caméra activée"),
        "camera_off": _("Caméra coupée"),
        "camera_start": _("Activer la caméra (Ctrl + E)"),
        "camera_stop": _("Couper la caméra (Ctrl + E)"),
        "share_on": _("Vous partagez votre écran."),
        "share_off": _("Vous ne partagez plus votre écran."),
        "share_start": _("Partager l’écran"),
        "share_stop": _("Arrêter le partage"),
        "share_failed": _("Le partage d’écran n’a pas pu démarrer."),
        "share_lost": _(
            "Votre partage d’écran s’est arrêté pendant la coupure : vous pouvez le relancer."
        ),
        "sharing": _("Vous partagez votre écran."),
    }


def _connection() -> dict[str, str]:
    return {
        "reconnecting": _("Reconnexion… Vous n’avez rien à faire."),
        "reconnecting_in": _(
            "Reconnexion… Nouvel essai dans %(seconds)s s. Vous n’avez rien à faire."
        ),
        "reconnected": _("La connexion est rétablie."),
        "sound_blocked": _("Le navigateur retient le son de la réunion."),
        "sound_start": _("Activer le son"),
        "close_banner": _("Fermer ce message"),
    }


def _chat() -> dict[str, str]:
    return {
        "chat_me": _("Vous"),
        "chat_received": _("Message de %(name)s : %(message)s"),
        "chat_sending": _("En cours…"),
        "chat_not_sent": _("Pas envoyé. %(problem)s"),
        "chat_failed": _("Votre message n’est pas parti. Il reste dans la discussion."),
        "chat_edited": _("modifié"),
        "chat_edit_label": _("Modifier votre message"),
        "chat_gone": _("Message supprimé"),
        "chat_gone_by": _("Message supprimé par %(name)s"),
        "chat_act_edit": _("Modifier"),
        "chat_act_delete": _("Supprimer"),
        "chat_act_really": _("Supprimer pour tous"),
        "chat_act_keep": _("Garder"),
        "chat_act_save": _("Enregistrer"),
        "chat_act_cancel": _("Annuler"),
        "chat_act_retry": _("Réessayer"),
        "chat_act_discard": _("Supprimer"),
        "chat_unread_one": _("%(count)s message non lu"),
        "chat_unread_other": _("%(count)s messages non lus"),
    }


def _left() -> dict[str, str]:
    return {
        "left_left_title": _("Vous avez quitté la réunion"),
        "left_left_text": _("Elle continue peut-être sans vous : vous pouvez y revenir."),
        "left_ended_title": _("La réunion est terminée"),
        "left_ended_text": _("Elle a été terminée pour tous les participants."),
        "left_removed_title": _("Vous n’êtes plus dans la réunion"),
        "left_removed_text": _("L’organisateur vous a retiré de cette réunion."),
        "left_elsewhere_title": _("La réunion continue dans une autre fenêtre"),
        "left_elsewhere_text": _(
            "Vous l’avez rejointe depuis un autre onglet de ce navigateur. Vous pouvez revenir ici."
        ),
        "left_signed_out_title": _("Votre session a expiré"),
        "left_signed_out_text": _("Identifiez-vous de nouveau pour revenir dans la réunion."),
    }
