"""The device actor: owns one body, its life cycle and the order in which its sensors speak."""

from actors.device.actor import Device
from actors.device.memory import DeviceMemory, FaultInForce, Outlets

__all__ = ["Device", "DeviceMemory", "FaultInForce", "Outlets"]
