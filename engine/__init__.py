"""The machine: clock, dispatcher, directory, supervision, random streams; and the pure models."""
