"""The shapes of what the API takes and gives, as pydantic models: they validate, serialise and document alike."""
