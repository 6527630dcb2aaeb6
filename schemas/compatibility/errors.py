"""What is wrong with a schema by itself."""


class InvalidSchema(ValueError):
    """A text that is no schema of its language; says where and why."""
