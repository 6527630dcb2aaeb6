"""The process that is the embedded MQTT broker: `python -P _mqtt_child.py broker.toml`; ends when its stdin does.

A process of its own because rumqttd cannot be stopped, and calls Python's logging for every packet it routes.
"""

import logging
import os
import sys
import threading


def _end_with_parent() -> None:
    """Wait for the other end of stdin to close, which happens however the parent ends; then end too."""
    try:
        sys.stdin.buffer.read()
    finally:
        os._exit(0)


def main() -> None:
    """Run the broker for as long as the parent keeps stdin open."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # rumqttd's spans come through as an ERROR for every packet; what really goes wrong shows in connections
    logging.disable(logging.CRITICAL)
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL + 1)
    from iotcore import IotCoreBroker

    IotCoreBroker(config_path=sys.argv[1]).run_forever()


if __name__ == "__main__":
    main()
