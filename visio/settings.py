"""Every setting of Visio, read from the environment; a missing secret stops the start."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from kombu import Queue

from visio.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str) -> str:
    """The value of a variable without which Visio must not start."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. `make run` sets it for development; "
            "see README.md, « Configuration », for an installation."
        )
    return value


# --- Where we are ---------------------------------------------------------------------------
DEVELOPMENT = env.str("VISIO_ENV", default="production") == "development"
DEBUG = False  # error pages are the same everywhere; the log has the trace
SECRET_KEY = required("SECRET_KEY")
PUBLIC_URL = required("VISIO_URL").rstrip("/")
SOCKETS_URL = required("VISIO_WS_URL").rstrip("/")
ALLOWED_HOSTS = sorted({urlsplit(url).hostname or "" for url in (PUBLIC_URL, SOCKETS_URL)})
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "visio.urls"
WSGI_APPLICATION = "visio.wsgi.application"
ASGI_APPLICATION = "visio.asgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "dsfr",
    "mozilla_django_oidc",
    "ninja",
    "widget_tweaks",
    "isolation",
    "audit",
    "tenants",
    "meetings",
    "auditors",
    "visio",
]

MIDDLEWARE = [
    "visio.health.ProbesMiddleware",
    "visio.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "visio.metrics.RequestMetricsMiddleware",
    "audit.middleware.RequestContextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.WorkplaceMiddleware",
    "isolation.middleware.TenantScopeMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context_processors.workplace",
            ]
        },
    }
]

# --- Data -----------------------------------------------------------------------------------
_database = {"ENGINE": "isolation.postgresql", "CONN_HEALTH_CHECKS": True}
DATABASES = {
    # The application's role owns nothing and cannot bypass row-level security.
    "default": env.db_url_config(required("DATABASE_URL"))
    | _database
    | {
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_size": env.int("DATABASE_POOL_SIZE", default=8),
                "timeout": 3,  # seconds that a request waits for a connection
                # Tries in the background end soon: the next request then tries at once, instead of
                # waiting for a delay that has doubled for as long as PostgreSQL was away.
                "reconnect_timeout": 1,
            },
            "application_name": "visio",
            # What isolation.prepared lets PostgreSQL bind is planned once a connection; Django's
            # own statements are bound here and never prepared.
            "prepare_threshold": 0,
        },
        "TEST": {"MIRROR": "owner"},
    },
    # The owner migrates and loads in bulk.
    "owner": env.db_url_config(required("DATABASE_OWNER_URL"))
    | _database
    | {"OPTIONS": {"application_name": "visio-owner"}},
}
if env.str("DATABASE_KEEPER_URL", default=""):
    # The keeper prunes and erases: retention alone connects as it.
    DATABASES["keeper"] = (
        env.db_url_config(env.str("DATABASE_KEEPER_URL"))
        | _database
        | {"OPTIONS": {"application_name": "visio-keeper"}, "TEST": {"MIRROR": "owner"}}
    )
DATABASE_ROUTERS = ["isolation.router.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = required("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "visio.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "visio",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "health_check_interval": 30},
    }
}
CHANNEL_LAYERS = {
    "default": {
        # The other layer drops what a process has not read beyond a hundred messages, and opens a
        # connection for each message under way: two hundred who knock at once are too many for it.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "visio-sockets"},
    }
}

# --- The log's signature --------------------------------------------------------------------
# Only a worker has to know the private keys; it does not start without (visio/celery.py).
AUDIT_SIGNING_KEYS = env.str("AUDIT_SIGNING_KEYS", default="")

# --- What leaves the installation of the log -------------------------------------------------
# Who cosigns checkpoints: verifier key and address, one after the other (audit/witness.py).
AUDIT_WITNESSES = env.str("AUDIT_WITNESSES", default="")
# Where events are pushed as they happen (audit/soc/receiver.py).
AUDIT_SOC_URL = env.str("AUDIT_SOC_URL", default="")

# --- Background work ------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "global_keyprefix": "visio-work:",
}
CELERY_TASK_PUBLISH_RETRY = False  # the outbox's row is sent again by beat
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A slow peer of the log holds up its own queue alone. A worker takes both, unless it is told which.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("outside")]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    name: {"queue": "outside"} for name in ("audit.tasks.cosign", "audit.tasks.push_to_soc")
}
CELERY_BEAT_SCHEDULE = {
    # One that was not taken up in time is forgotten: the next one does its work.
    "sequence-log": {
        "task": "audit.tasks.sequence",
        "schedule": 1.0,
        "options": {"expires": 1.0},
    },
    # At night, and by the time of day: a clock that was started anew skips none.
    "audit-prune": {
        "task": "tenants.tasks.prune_logs",
        "schedule": crontab(hour="2", minute="17"),
    },
    "resend-late-work": {"task": "isolation.tasks.send_late_work", "schedule": 5.0},
    "push-to-soc": {
        "task": "audit.tasks.push_to_soc",
        "schedule": 2.0,
        "options": {"expires": 2.0},
    },
    "cosign-log": {"task": "audit.tasks.cosign", "schedule": 20.0, "options": {"expires": 20.0}},
    # Each is put once a day, however often this runs.
    "mail-checkpoints": {"task": "auditors.tasks.put_checkpoint_mails", "schedule": 900.0},
    "look-into-rooms": {"task": "meetings.tasks.look_into_rooms", "schedule": 60.0},
    "forget-old-answers": {"task": "tenants.tasks.forget_old_answers", "schedule": 3600.0},
    "put-due-reminders": {"task": "meetings.tasks.put_due_reminders", "schedule": 20.0},
    "close-ended-meetings": {"task": "meetings.tasks.close_ended_meetings", "schedule": 30.0},
}

# --- Who signs in, and how ------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "tenants.proconnect.backend.ProConnectBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = reverse_lazy("oidc_authentication_init")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

OIDC_ISSUER = required("OIDC_ISSUER").rstrip("/")
OIDC_RP_CLIENT_ID = required("OIDC_CLIENT_ID")
OIDC_RP_CLIENT_SECRET = required("OIDC_CLIENT_SECRET")
OIDC_RP_SIGN_ALGO = env.str("OIDC_SIGN_ALGO", default="RS256")
OIDC_USERINFO_SIGN_ALGO = env.str("OIDC_USERINFO_SIGN_ALGO", default="RS256")
OIDC_RP_SCOPES = "openid given_name usual_name email uid siret idp_id roles organization_label"
OIDC_USE_PKCE = True
OIDC_PKCE_CODE_CHALLENGE_METHOD = "S256"
OIDC_STATE_SIZE = 43
OIDC_NONCE_SIZE = 43

ACCOUNT_ADAPTER = "tenants.breakglass.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_DISPLAY = "tenants.breakglass.user_display"
ACCOUNT_SESSION_REMEMBER = False  # a break-glass session ends with the browser
ACCOUNT_PREVENT_ENUMERATION = True
# Guests' codes (tenants/guests.py); nobody else signs in by one.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "tenants.breakglass.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Visio"
MFA_PASSKEY_LOGIN_ENABLED = False

# --- Media ----------------------------------------------------------------------------------
LIVEKIT_URL = required("LIVEKIT_URL").rstrip("/")
LIVEKIT_API_URL = env.str(
    "LIVEKIT_API_URL", default=LIVEKIT_URL.replace("wss://", "https://").replace("ws://", "http://")
)
LIVEKIT_API_KEY = required("LIVEKIT_API_KEY")
LIVEKIT_API_SECRET = required("LIVEKIT_API_SECRET")

# --- Mail -----------------------------------------------------------------------------------
vars().update(env.email_url_config(required("EMAIL_URL")))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="Visio <ne-pas-repondre@visio.test>")
MAIL_SINK = env.path("VISIO_MAIL_DIR") if env.str("VISIO_MAIL_DIR", default="") else None

# --- Who answers for this installation, as the legal notice says it ----------------------------
LEGAL = {
    name: env.str(f"VISIO_LEGAL_{name.upper()}", default="")
    for name in ("publisher", "director", "host", "contact")
}

# --- What the browser is allowed ------------------------------------------------------------
SECURE = PUBLIC_URL.startswith("https://")
SESSION_ENGINE = "visio.sessions"
SESSION_COOKIE_NAME = "__Host-visio"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # ProConnect's own session
CSRF_COOKIE_NAME = "__Host-visio-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "visio.errors.csrf_refused"
LANGUAGE_COOKIE_NAME = "__Host-visio-langue"
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "connect-src": [SELF, SOCKETS_URL, LIVEKIT_URL, LIVEKIT_API_URL],
        # A form may lead to ProConnect by a redirect, which Chromium checks as well.
        "form-action": [SELF, f"{urlsplit(OIDC_ISSUER).scheme}://{urlsplit(OIDC_ISSUER).netloc}"],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS = ["tenants.administration.uploads.SmallFilesOnly"]

# --- Language, time, files ------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "/static/"
STATIC_ROOT = env.path("VISIO_STATIC_ROOT", default=str(BASE_DIR / ".local" / "static"))
STATICFILES_DIRS: list = [BASE_DIR / "static"]
if env.str("VISIO_LIVEKIT_CLIENT_DIR", default=""):
    # livekit-client's own distribution, installed by npm from the lock file.
    STATICFILES_DIRS.append(("vendor", env.str("VISIO_LIVEKIT_CLIENT_DIR")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # In development files are served from where they are written, without collectstatic.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "visio.staticfiles.ModuleManifestStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_AUTOREFRESH = DEVELOPMENT
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # HTTP is redirected by the proxy in front
    "security.W021",  # HSTS preload is a decision of the domain's owner
]

LOGGING = logging_settings(env.str("VISIO_LOG_LEVEL", default="INFO"))
