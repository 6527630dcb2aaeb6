"""Who can reach the server, and whether that is allowed."""

from schemas.problems import InvalidInput
from schemas.server_settings import listening
from schemas.setting_values import Findings


def listening_option(host: str | None) -> str | None:
    """The address that an option names. Raises `InvalidInput`."""
    if host is None:
        return None
    findings = Findings()
    found = listening(host, findings, "--host")
    if findings:
        raise InvalidInput("serve", findings)
    return found
