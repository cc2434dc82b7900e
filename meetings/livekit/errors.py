"""How LiveKit fails, in our words."""


class LiveKitError(Exception):
    """LiveKit did not do what was asked."""


class LiveKitUnavailable(LiveKitError):
    """It did not answer, answered too late, or failed on its own side: worth another try."""


class LiveKitRefused(LiveKitError):
    """It understood and said no: another try would be refused as well."""


class WebhookRefused(Exception):
    """What claims to be LiveKit's notification is not, or not one that we can read."""
