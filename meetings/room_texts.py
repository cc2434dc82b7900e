"""Every text that the room's scripts show: scripts have no words of their own."""

from django.utils.translation import gettext as _


def room_texts() -> dict[str, str]:
    """By name, in the reader's language; {name}, {n} and {count} are filled in by the scripts."""
    return {
        "joining": _("Connexion à la réunion…"),
        "unavailable": _("Le serveur de réunion ne répond pas. Nouvel essai dans {n} s."),
        "offline": _("Vous n’êtes pas connecté au réseau. Nouvel essai dans {n} s."),
        "cancel_retry": _("Ne plus essayer"),
        "gave_up": _("La connexion n’a pas abouti. Vérifiez votre réseau, puis réessayez."),
        "signed_out": _("Votre session a expiré. Identifiez-vous à nouveau : vous reviendrez ici."),
        "sign_in": _("S’identifier"),
        "over": _("Cette réunion est terminée ou a été annulée."),
        "not_found": _("Cette réunion n’existe plus ou vous n’y êtes plus invité."),
        "refused": _("La réunion n’a pas pu être rejointe."),
        "denied": _(
            "Votre navigateur bloque le micro ou la caméra. Cliquez sur l’icône à gauche de "
            "l’adresse de cette page (cadenas ou réglages), autorisez « Microphone » et "
            "« Caméra », puis rechargez la page. Vous pouvez aussi entrer sans."
        ),
        "no_microphone": _("Aucun micro n’a été trouvé : vous pourrez écouter et écrire."),
        "no_camera": _("Aucune caméra n’a été trouvée : vous pouvez entrer sans."),
        "busy_device": _("Une autre application utilise déjà ce micro ou cette caméra."),
        "camera_is_off": _("Votre caméra est coupée"),
        "microphone": _("Micro"),
        "camera": _("Caméra"),
        "speaker": _("Haut-parleur"),
        "default_device": _("{name} {n}"),
        "microphone_off": _("Couper le micro"),
        "microphone_on": _("Ouvrir le micro"),
        "camera_off": _("Couper la caméra"),
        "camera_on": _("Ouvrir la caméra"),
        "share": _("Partager un écran"),
        "share_stop": _("Arrêter le partage"),
        "share_failed": _("Le partage d’écran n’a pas commencé."),
        "you": _("Vous"),
        "person_joined": _("{name} est entré"),
        "person_left": _("{name} est sorti"),
        "screen_of": _("Écran de {name}"),
        "shares": _("{name} partage son écran"),
        "shares_no_more": _("{name} ne partage plus son écran"),
        "muted": _("micro coupé"),
        "weak_network": _("réseau faible"),
        "host": _("organise"),
        "pin": _("Épingler {name}"),
        "unpin": _("Ne plus épingler {name}"),
        "message_from": _("Message de {name} : {text}"),
        "people_count": _("{n} personnes"),
        "person_count": _("1 personne"),
        "unread": _("{n} non lus"),
        "send_failed": _("Le message n’est pas parti. Il est resté dans le champ : réessayez."),
        "reconnecting": _("Reconnexion… Rien à faire de votre côté."),
        "reconnected": _("Vous êtes reconnecté."),
        "left": _("Vous avez quitté la réunion"),
        "left_ended": _("L’organisateur a terminé la réunion"),
        "left_removed": _("Vous avez été retiré de la réunion"),
        "left_duplicate": _("Vous avez rejoint cette réunion depuis un autre onglet de ce navigateur"),
        "left_lost": _("La connexion est perdue"),
        "ending_failed": _("La réunion n’a pas pu être terminée. Réessayez."),
        "audio_blocked": _("Votre navigateur attend un geste pour diffuser le son."),
        "others": _("et {n} autres"),
    }
