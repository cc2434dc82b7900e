"""JSON logs in UTC, without tokens, queries or personal data."""

import re
from typing import Any

import structlog

from audit.context import request_context

SECRET = re.compile(
    r"(?i)(access_token|id_token|refresh_token|code|state|password|secret|authorization)"
    r"([\"']?\s*[=:]\s*[\"']?)[^&\s\"',}]+"
)
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
API_TOKEN = re.compile(r"visio_[0-9a-f]{32}_[0-9a-f]{32}_[\w-]+")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
QUERY = re.compile(r"(\s|^)(/[^\s?\"]*)\?[^\s\"]*")


def redact(text: str) -> str:
    """The text without tokens, secrets, addresses of people and queries of URLs."""
    text = JWT.sub("[token]", text)
    text = API_TOKEN.sub("[token]", text)
    text = QUERY.sub(r"\1\2?[query]", text)
    text = SECRET.sub(r"\1\2[secret]", text)
    return ADDRESS.sub("[address]", text)


def redact_event(_logger, _method, event: dict) -> dict:
    """Cleans every string of a log event, traces included."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def add_request(_logger, _method, event: dict) -> dict:
    """Adds the request's id, so that a line can be joined with the log of acts."""
    context = request_context()
    if context.request_id:
        event["request_id"] = context.request_id
    return event


def logging_settings(level: str) -> dict:
    """Django's LOGGING: one JSON line an event on standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        add_request,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    redact_event,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},  # 4xx are answers, not events
            "celery": {"level": "WARNING"},  # a line for each task would drown the rest
            "daphne.http_protocol": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},  # tells of each font which letters a document has
        },
    }
