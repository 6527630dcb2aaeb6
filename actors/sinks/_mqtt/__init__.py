"""The workings of the MQTT sink; `actors/sinks/mqtt.py` is its door."""
