"""The table: every testable line of the checklist, what is asked, and how it is mended."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from visio.anssi_check import (
    journal,
    operation,
    pages,
    proof,
    public_pages,
    sign_in,
    transport,
    walls,
)
from visio.anssi_check.answers import Check, Finding, find
from visio.anssi_check.installation import Installation

TABLE: list[tuple[Any, list[Check]]] = [
    (
        _("Transport"),
        [
            Check("public_address", "1", "PA-009", _("Les pages ont été demandées à l’adresse publique"), transport.public_address, _("Laissez ce serveur joindre VISIO_URL, pour que le serveur mandataire soit contrôlé lui aussi.")),
            Check("https", "1", "TLS v1.2", _("Les pages et les WebSockets passent par TLS"), transport.https, _("Donnez à VISIO_URL une adresse en https et à VISIO_WS_URL une adresse en wss.")),
            Check("tls_old", "1", "TLS v1.2", _("TLS 1.0 et 1.1 sont refusés"), transport.old_versions, _("N’autorisez que TLS 1.2 et 1.3 sur le serveur mandataire.")),
            Check("tls_ciphers", "1", "TLS v1.2", _("Les suites TLS assurent l’intégrité et la confidentialité persistante"), transport.ciphers, _("N’offrez que des suites ECDHE avec AES-GCM ou ChaCha20, ou TLS 1.3 seul.")),
            Check("tls_certificate", "1", "TLS v1.2", _("Le certificat est valable, et pour plus de quatorze jours"), transport.certificate, _("Renouvelez le certificat auprès d’une autorité que ce serveur reconnaît.")),
            Check("tls_redirect", "1", "TLS v1.2", _("http mène à https"), transport.redirect, _("Faites rediriger le port 80 vers https par le serveur mandataire.")),
            Check("tls_services", "1", "TLS v1.2", _("Les services distants sont joints en TLS"), transport.services, _("Configurez ces services avec une adresse chiffrée (rediss, wss, https, smtp+tls, sslmode).")),
            Check("hsts", "2", "PA-009 R2", _("HSTS vaut un an au moins, sous-domaines compris"), transport.hsts, _("Laissez passer l’en-tête Strict-Transport-Security que Visio envoie, sans le remplacer.")),
        ],
    ),
    (
        _("Navigateur"),
        [
            Check("csp_code", "3", "PA-009 R13–R18", _("La CSP interdit tout par défaut et n’admet que notre code"), pages.csp_code, _("Rétablissez CONTENT_SECURITY_POLICY sans unsafe-inline, unsafe-eval ni joker, et laissez passer l’en-tête.")),
            Check("csp_frames", "3", "PA-009 R13–R18", _("Aucun site ne peut encadrer une page ni en déplacer la base"), pages.csp_frames, _("Rétablissez frame-ancestors et base-uri à 'none'.")),
            Check("csp_hosts", "3", "PA-009 R13–R18", _("La CSP ne nomme que les serveurs configurés"), pages.csp_hosts, _("Retirez de CONTENT_SECURITY_POLICY les serveurs qui ne sont pas ceux de la configuration.")),
            Check("inline", "3", "PA-009 R13–R18", _("Aucun script ni style n’est écrit dans les pages"), pages.inline_code, _("Déplacez ce code dans des fichiers de static/.")),
            Check("third_parties", "3", "SecNumCloud 3.2", _("Aucune page ne fait joindre un tiers"), pages.third_parties, _("Servez ces fichiers depuis Visio lui-même.")),
            Check("nosniff", "4", "PA-009", _("Le type des fichiers n’est pas deviné (nosniff)"), pages.header("X-Content-Type-Options", "nosniff"), _("Rétablissez SecurityMiddleware et laissez passer X-Content-Type-Options.")),
            Check("referrer", "4", "PA-009", _("L’adresse des pages n’est pas dite aux autres sites (Referrer-Policy)"), pages.header("Referrer-Policy", "same-origin", "no-referrer", "strict-origin"), _("Rétablissez SECURE_REFERRER_POLICY à same-origin.")),
            Check("coop", "4", "PA-009", _("Les fenêtres sont isolées (Cross-Origin-Opener-Policy)"), pages.header("Cross-Origin-Opener-Policy", "same-origin"), _("Rétablissez SECURE_CROSS_ORIGIN_OPENER_POLICY à same-origin.")),
            Check("permissions", "4", "PA-009", _("Caméra, micro et écran ne sont permis qu’à nos pages"), pages.permissions, _("Laissez passer l’en-tête Permissions-Policy que Visio envoie, sans le remplacer.")),
            Check("cookies", "5", "PA-009 R30–R33", _("Les cookies sont Secure, HttpOnly, SameSite et __Host-"), pages.cookies, _("Rétablissez les réglages des cookies et n’en changez rien dans le serveur mandataire.")),
            Check("stored_tokens", "6", "PA-080 R32", _("Les scripts ne gardent aucun jeton dans le navigateur"), pages.stored_tokens, _("Retirez ces jetons de localStorage et de sessionStorage.")),
        ],
    ),
    (
        _("Identification"),
        [
            Check("oidc_address", "6", "PA-080 R32", _("Aucun secret n’est dans l’adresse qui mène à ProConnect"), sign_in.no_secret_in_address, _("Revenez au flux par code, sans rien de secret dans l’adresse.")),
            Check("oidc_algorithms", "7", "PA-080 R10", _("ProConnect signe l’identité et ses attributs avec une clé que lui seul a"), sign_in.algorithms, _("Choisissez une signature asymétrique, par exemple RS256, dans OIDC_SIGN_ALGO et OIDC_USERINFO_SIGN_ALGO.")),
            Check("oidc_forgeries", "7", "PA-080 R10", _("Un jeton d’identité contrefait est refusé"), sign_in.forgeries, _("Ne laissez aucune version modifiée de Visio en service : ce contrôle ne se règle pas.")),
            Check("oidc_state", "7", "PA-080 R14, R28", _("state et nonce sont longs et changent à chaque fois"), sign_in.state_and_nonce, _("Rétablissez OIDC_STATE_SIZE et OIDC_NONCE_SIZE à 43.")),
            Check("oidc_flow", "7", "PA-080", _("Le flux par code est protégé par PKCE et revient à notre adresse"), sign_in.flow, _("Rétablissez OIDC_USE_PKCE et vérifiez que le serveur mandataire transmet X-Forwarded-Proto et Host.")),
            Check("oidc_endpoints", "7", "SecNumCloud 3.2", _("Le fournisseur d’identité est celui qui est configuré, lui seul"), sign_in.endpoints, _("Donnez à OIDC_ISSUER l’adresse exacte de ProConnect.")),
            Check("oidc_acr", "7", "PA-080 R44", _("Deux facteurs sont demandés aux administrateurs et aux auditeurs"), sign_in.second_factor_asked, _("Rétablissez acr comme indispensable, avec les seuls niveaux à deux facteurs.")),
            Check("mfa_roles", "11", "PG-078", _("Les rôles qui voient les données d’autrui exigent deux facteurs"), sign_in.roles, _("Ajoutez ces rôles à ROLES_UNDER_MFA et retirez les niveaux à un seul facteur.")),
            Check("mfa_emergency", "11", "PG-078", _("Chaque compte de secours a un second facteur"), sign_in.emergency_accounts, _("Ouvrez ces comptes à /secours/ pour leur donner un second facteur, ou désactivez-les.")),
            Check("passwords", "11", "PG-078", _("Les mots de passe sont longs et gardés par Argon2"), sign_in.passwords, _("Rétablissez Argon2 en tête de PASSWORD_HASHERS et quinze caractères au moins.")),
            Check("sessions", "5", "PG-078", _("Une session dure douze heures au plus"), sign_in.sessions, _("Ramenez SESSION_COOKIE_AGE à douze heures.")),
            Check("forms", "10", "PA-009", _("Rien ne change sans le jeton d’un formulaire"), pages.forms, _("Rétablissez CsrfViewMiddleware et retirez csrf_exempt de ces vues.")),
        ],
    ),
    (
        _("Journal"),
        [
            Check("kinds", "8", "PA-012 R9, R25–R27", _("Le journal connaît les événements qui comptent"), journal.kinds, _("Rendez ces types d’événement au catalogue audit/kinds.py.")),
            Check("recordings", "8", "PA-012 R25–R27", _("Le journal suit les enregistrements"), journal.recordings, _("Ajoutez au catalogue le début, l’arrêt, le téléchargement et la suppression d’un enregistrement.")),
            Check("stamps", "8", "PA-012 R9", _("Les moments sont écrits en temps universel"), journal.stamps, _("Rétablissez LOGGING et USE_TZ tels que Visio les livre.")),
            Check("redaction", "6", "PA-080 R32", _("Les journaux taisent jetons, adresses et paramètres"), journal.redaction, _("Donnez à ces sorties le format « json » de visio/logs.py.")),
            Check("append_only", "9", "PA-012", _("L’application n’a aucun droit de changer le journal"), walls.append_only, _("Retirez UPDATE, DELETE et TRUNCATE sur ces tables (REVOKE) à visio_app, à PUBLIC et à tout rôle dont visio_app est membre.")),
            Check("attempts", "9", "PA-012", _("Un essai de changer le journal est refusé"), walls.attempts, _("Connectez l’application avec visio_app et retirez à ce rôle UPDATE et DELETE sur le journal.")),
            Check("seal", "9", "PA-012", _("Chaque journal est scellé et concorde avec ce qui a été signé"), proof.seal, _("Faites tourner beat et le travailleur qui scelle (AUDIT_SIGNING_KEYS) ; si un journal ne concorde plus, lancez manage.py audit_check et conservez la base telle quelle.")),
            Check("cosigned", "9", "PA-012", _("Les témoins extérieurs ont vu ce qui a été signé"), proof.cosigned, _("Vérifiez AUDIT_WITNESSES et les événements « Point de contrôle refusé par un témoin » ; laissez ce serveur joindre les témoins.")),
            Check("pushed", "9", "PA-012", _("Le centre de supervision reçoit les événements"), proof.pushed, _("Vérifiez AUDIT_SOC_URL, ses certificats, et que le récepteur accepte les connexions.")),
            Check("age", "9", "CNIL 2021-122", _("Aucun événement n’a plus de trois ans"), journal.age, _("Lancez la purge du journal.")),
            Check("purge", "9", "CNIL 2021-122", _("La purge du journal est programmée, avec un rôle à elle"), journal.purge, _("Programmez la purge et configurez DATABASE_KEEPER_URL avec visio_keeper.")),
        ],
    ),
    (
        _("Cloisonnement"),
        [
            Check("role", "9", "SecNumCloud 3.2", _("Le rôle de l’application ne peut pas lever les murs"), walls.attributes, _("Retirez-lui ces attributs : ALTER ROLE visio_app NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION.")),
            Check("ownership", "9", "SecNumCloud 3.2", _("Le rôle de l’application ne possède et ne crée rien"), walls.ownership, _("Rendez ces objets à visio_owner (REASSIGN OWNED) et retirez CREATE sur le schéma public.")),
            Check("memberships", "9", "SecNumCloud 3.2", _("Le rôle de l’application n’est membre d’aucun rôle plus fort"), walls.memberships, _("Donnez à DATABASE_URL un rôle à part et retirez-lui ces rôles par REVOKE.")),
            Check("rls", "9", "SecNumCloud 3.2", _("Chaque table des ministères est cloisonnée"), walls.row_level_security, _("Rejouez les migrations et retirez toute politique qui n’en vient pas.")),
            Check("nobody", "9", "SecNumCloud 3.2", _("Hors d’un ministère, aucune ligne n’est visible"), walls.outside_any_tenant, _("Connectez l’application avec visio_app et rétablissez la politique de ces tables.")),
            Check("definers", "9", "SecNumCloud 3.2", _("Les fonctions qui agissent comme propriétaire sont fermées"), walls.definers, _("Fixez search_path dans ces fonctions et retirez EXECUTE à PUBLIC.")),
        ],
    ),
    (
        _("Exploitation"),
        [
            Check("development", "10", "PA-009", _("Les aides au développement sont éteintes"), operation.development, _("Retirez DEBUG et VISIO_ENV=development.")),
            Check("traces", "10", "PA-009", _("Une erreur ne montre rien du code"), pages.traces, _("Éteignez DEBUG et rétablissez les pages d’erreur de Visio.")),
            Check("hosts", "10", "PA-009", _("Visio ne répond qu’à ses propres noms"), operation.hosts, _("Ne mettez aucun joker dans ALLOWED_HOSTS.")),
            Check("secrets", "10", "PA-009", _("Les secrets sont longs, tous différents, et aucun n’est une valeur par défaut"), operation.secrets, _("Remplacez ces secrets par des valeurs tirées au sort, de trente-deux caractères au moins.")),
            Check("versions", "10", "PA-009", _("Les paquets installés sont ceux qui ont été vérifiés"), operation.versions, _("Réinstallez les paquets depuis locks/runtime.txt, avec leurs empreintes.")),
            Check("storage", "SecNumCloud", "SecNumCloud 3.2", _("Les fichiers restent chez un hébergeur qualifié"), operation.storage, _("Désignez un stockage qualifié en https, sans verrou d’objet, avec des sommes de contrôle when_required.")),
        ],
    ),
    (
        _("Public"),
        [
            Check("legal_pages", "Pages légales", "RGAA 4.1", _("Les pages légales répondent, et chaque pied de page y mène"), public_pages.legal_pages, _("Rétablissez ces pages et leurs liens dans le pied de page.")),
            Check("legal_notice", "Pages légales", "LCEN", _("Les mentions légales nomment qui répond du service"), public_pages.legal_notice, _("Renseignez ces variables d’environnement.")),
            Check("accessibility", "RGAA", "RGAA 4.1", _("L’état de conformité et la déclaration sont à portée de chaque page"), public_pages.accessibility, _("Rétablissez la mention « Accessibilité : … conforme » et son lien dans le pied de page.")),
            Check("page_frames", "RGAA", "RGAA 4.1 : 8.3, 8.5, 12.7", _("Les pages ont une langue, un titre et un lien d’évitement"), public_pages.page_frames, _("Faites hériter ces pages de templates/base.html.")),
            Check("privacy", "RGPD", "RGPD", _("La page sur les données dit finalités, durées, droits et cookies"), public_pages.retention_told, _("Rétablissez ces parties de la page « Données personnelles et cookies ».")),
        ],
    ),
]  # fmt: skip


def find_all(installation: Installation | None = None) -> list[tuple[str, list[Finding]]]:
    """Runs every check; the findings under their subjects, in the active language."""
    look = installation or Installation()
    return [(str(title), [find(check, look) for check in checks]) for title, checks in TABLE]
