"""Sources of real hardware: who asks them, on a thread of its own, and tells the devices that mirror them."""
