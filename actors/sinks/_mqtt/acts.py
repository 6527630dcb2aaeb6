"""What devices do to their connections when they are told to."""

from actors.sinks._mqtt.network import Network
from schemas.commands import ConnectionCommand, Disconnect, GoOffline, GoOnline, HalfOpen, TakeOver


def carry_out(network: Network, command: ConnectionCommand) -> None:
    """Do it to the device's session."""
    session = network.session(command.device)
    match command:
        case Disconnect(abrupt=True):
            if session.state in ("up", "greeting"):
                network.freeze(session, False)
                session.cut("cut by command")
        case Disconnect():
            network.part(session, "disconnected by command")
        case GoOffline():
            network.park(session)
        case GoOnline():
            network.unpark(session)
        case HalfOpen():
            network.freeze(session, True)
        case TakeOver():
            network.let_in(session)
    network.changed(session)
