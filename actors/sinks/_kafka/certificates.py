"""Why a broker's certificate is not accepted: librdkafka only says that it is not."""

import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

TIMEOUT_S: Final = 2.0


def certificate_problem(properties: Mapping[str, Any]) -> str:
    """What is wrong with the certificate of the first broker that shows one, by the client's properties; empty when
    nothing is, or none can be had."""
    if "SSL" not in properties.get("security.protocol", ""):
        return ""
    for server in str(properties["bootstrap.servers"]).split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            _greet(host.strip("[]"), int(port), properties.get("ssl.ca.location"))
        except ssl.SSLCertVerificationError as error:
            return f"{server.strip()}: {error.verify_message}"
        except (OSError, ValueError):
            continue
    return ""


def _greet(host: str, port: int, ca_file: str | None) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    with closing(socket.create_connection((host, port), TIMEOUT_S)) as plain:
        context.wrap_socket(plain, server_hostname=host).close()
