"""What the API's document and its page say of each operation, in the reader's language."""

from django.utils.translation import gettext_lazy as _

DESCRIPTION = _(
    "Les réunions d’un ministère, ses agents et les présences, pour les logiciels qui travaillent "
    "avec Visio. Une personne appelle l’API avec sa session ; un logiciel avec un jeton, qu’un "
    "administrateur du ministère a créé pour lui."
)
TAGS = {
    "me": _("Qui appelle"),
    "meetings": _("Réunions"),
    "members": _("Agents"),
    "room": _("Dans la salle"),
    "chat": _("Discussion"),
}
# Operation → (in a few words, in a few sentences).
OPERATIONS = {
    "get_me": (
        _("Qui est identifié"),
        _("L’agent ou l’invité de la session, ou le service du jeton avec ses droits."),
    ),
    "list_meetings": (
        _("Lister les réunions"),
        _(
            "À une personne : les réunions qu’elle organise, celles où elle est invitée, et celles "
            "que d’autres ministères lui ont remises. À un service : toutes celles de son "
            "ministère."
        ),
    ),
    "create_meeting": (
        _("Planifier une réunion"),
        _(
            "Les invitations partent aussitôt. Un service dit avec « host » quel agent organise. "
            "Avec l’en-tête Idempotency-Key, la même demande envoyée deux fois n’est suivie "
            "qu’une fois."
        ),
    ),
    "get_meeting": (
        _("Lire une réunion"),
        _("D’une réunion d’un autre ministère, ce que ce ministère a remis."),
    ),
    "change_meeting": (
        _("Modifier une réunion"),
        _(
            "Seul change ce que la demande nomme ; les personnes invitées sont prévenues. L’en-tête "
            "If-Match dit quelle version est changée."
        ),
    ),
    "cancel_meeting": (
        _("Annuler une réunion"),
        _("Les personnes invitées sont prévenues. La réunion reste lisible."),
    ),
    "get_attendance": (
        _("Lire les présences"),
        _(
            "Qui a été là, quand, et comment on le sait. Pour l’organisateur, les auditeurs et les "
            "services qui en ont le droit ; chaque lecture est journalisée, sauf celle de "
            "l’organisateur."
        ),
    ),
    "list_members": (
        _("Lister les agents"),
        _("L’annuaire du ministère, pour ses administrateurs et les services qui en ont le droit."),
    ),
    "join": (
        _("Entrer dans une réunion"),
        _(
            "Donne le jeton du serveur de réunion, ou fait attendre qu’un organisateur admette la "
            "personne."
        ),
    ),
    "end": (_("Terminer la réunion pour tous"), ""),
    "presence": (_("Dire que l’on est là"), _("Le navigateur le redit toutes les deux minutes.")),
    "mute": (_("Couper le micro d’une personne, ou de tous"), ""),
    "rights": (_("Permettre ou interdire le micro, la caméra, le partage, la discussion"), ""),
    "lock": (_("Verrouiller ou déverrouiller la réunion"), ""),
    "role": (_("Changer le rôle d’une personne"), ""),
    "remove": (_("Exclure une personne"), ""),
    "unbar": (_("Lever une exclusion"), ""),
    "barred": (_("Lister les personnes exclues"), ""),
    "lower_hands": (_("Baisser une main, ou toutes"), ""),
    "hand": (_("Lever ou baisser la main"), ""),
    "reaction": (_("Montrer une réaction"), ""),
    "chat": (_("Lire la discussion"), ""),
    "chat_write": (_("Écrire à tous"), _("La même clé n’écrit qu’une fois.")),
    "chat_message": (_("Modifier son message"), ""),
    "chat_delete": (_("Supprimer un message"), ""),
}
STATUSES = {
    200: _("Fait"),
    201: _("Créé"),
    204: _("Fait, rien à lire"),
    304: _("Rien n’a changé depuis cet ETag"),
    400: _("La demande n’est pas lisible, ou un jeton se trouve dans l’adresse"),
    401: _("Personne n’est identifié, ou le jeton est refusé"),
    403: _("Pas le droit, ou le jeton n’ouvre pas cela"),
    404: _("N’existe pas pour qui demande"),
    409: _("La réunion est terminée ou annulée"),
    412: _("A changé depuis la version de If-Match"),
    413: _("Trop long"),
    415: _("Pas du JSON"),
    422: _("La demande contient des erreurs, chacune avec son endroit"),
    428: _("Il manque l’en-tête If-Match"),
    429: _("Trop de demandes ; Retry-After dit quand recommencer"),
    503: _("Le serveur de réunion ou la base de données ne répond pas"),
}
ANYTHING_ELSE = _("Tout autre refus, dit de la même façon")
SECURITY = {
    "ServiceToken": _(
        "Jeton d’un service, dans l’en-tête « Authorization: Bearer visio_… ». Un administrateur "
        "le crée dans Administration › Jetons d’API ; il dit ce que le service peut faire."
    ),
    "Session": _(
        "Session d’une personne dans son navigateur. Ce qui change quelque chose demande aussi "
        "l’en-tête X-CSRFToken."
    ),
}
HEADERS = {
    "ETag": _("Version de ce qui est lu ; pour If-None-Match et If-Match"),
    "Location": _("Adresse de ce qui est créé"),
    "Link": _('Adresse de la page suivante, rel="next" (RFC 8288)'),
    "Retry-After": _("Secondes à attendre"),
    "If-None-Match": _("ETag d’une lecture précédente : 304 si rien n’a changé"),
    "If-Match": _("ETag de la version que l’on change"),
    "Idempotency-Key": _("Clé choisie par le client, retenue 24 heures"),
    "Idempotent-Replayed": _("« true » quand c’est la réponse d’une première demande"),
}
# Fields and parameters by name, those of one object by "Object.name"; what says itself is left out.
FIELDS = {
    "limit": _("Lignes d’une page"),
    "cursor": _("« next » de la page précédente, avec les mêmes filtres"),
    "next": _("Curseur de la page suivante ; null sur la dernière"),
    "from": _("Commence à ce moment ou après"),
    "to": _("Commence avant ce moment"),
    "q": _("Une partie du titre"),
    "list_members.q": _("Une partie du nom ou de l’adresse"),
    "sort": _("« -starts_at » : les dernières d’abord"),
    "slug": _("Celui du lien de la réunion"),
    "description": _("Ordre du jour, sans mise en forme"),
    "time_zone": _("Nom IANA : le fuseau des invitations ; à défaut, celui de l’organisateur"),
    "invitees": _("Adresses électroniques ; la liste entière"),
    "guest_access": _("Comment entrent les personnes extérieures, dans ce que permet le ministère"),
    "direct_entry": _("Qui entre sans attendre"),
    "NewMeeting.host": _("Pour un service, qui doit le dire : l’adresse de l’agent qui organise"),
    "HostOut.email": _("null pour un autre ministère"),
    "organisation": _("Ministère qui organise"),
    "Attendee.organisation": _("Ministère de la personne"),
    "is_mine": _("Qui appelle l’organise"),
    "join_url": _("Où les personnes entrent"),
    "Me.id": _("Comme le journal connaît qui appelle"),
    "Me.email": _("D’un invité, seulement si elle est prouvée"),
    "Me.tenant": _("null pour un invité, qui n’appartient à aucun ministère"),
    "Me.scopes": _("D’un service : ce qu’ouvre son jeton"),
    "Me.expires_at": _("D’un service : la fin de son jeton"),
    "Stay.ends_at": _("null tant que la personne est là"),
    "Stay.ends_before": _("Si le départ n’est pas certain : au plus tard"),
    "doubt": _("Ce qui n’est pas certain ; vide quand tout l’est"),
    "proof": _("Comment l’identité est prouvée"),
    "sources": _("Qui l’a dit : webhook, list, browser"),
    "device": _("L’appareil de la personne ; le même remplace sa connexion précédente"),
    "room_lost": _("Le serveur de réunion a répondu qu’il n’a pas cette salle"),
    "JoinRequest.meeting": _(
        "La réunion dont on revient, telle que « room » l’a dite : une réunion suivante au même lien "
        "ne s’ouvre pas ainsi"
    ),
    "RoomOut.meeting": _("Identifiant de la réunion, pour y revenir"),
    "JoinRequest.name": _("D’un invité, que personne n’a identifié"),
    "connection": _("Identifiant de cette connexion sur le serveur de réunion"),
    "key": _("Nom que le client donne au message"),
}
