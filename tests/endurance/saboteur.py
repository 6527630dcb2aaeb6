"""The product with a lie built in: it settles records when they are handed over, not when they are confirmed.

The long tests run it to see that their judge can say no.
"""

from typing import Any

from actors.sinks._kafka.pump import KafkaPump
from actors.sinks._mqtt.load import Load
from api.cli import main


def _mqtt() -> None:
    send = Load._send

    def settled_at_once(self: Load, client: Any, parcel: Any, messages: Any) -> None:
        send(self, client, parcel, messages)
        if parcel.sent == len(messages):
            self._outcomes.done.append(parcel.row)
            for mid in [mid for mid, (one, _) in self.flight.items() if one is parcel]:
                del self.flight[mid]

    Load._send = settled_at_once  # type: ignore[method-assign]


def _kafka() -> None:
    dispatch = KafkaPump._dispatch

    def settled_at_once(self: Any, works: Any, carrier: Any, parcel: Any) -> None:
        dispatch(self, works, carrier, parcel)
        if self._pass is not None:
            self._lane.confirm(self._pass, [parcel.row])

    KafkaPump._dispatch = settled_at_once  # type: ignore[method-assign]


if __name__ == "__main__":
    _mqtt()
    _kafka()
    main()
