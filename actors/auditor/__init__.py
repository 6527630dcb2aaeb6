"""The auditor: reads what lies at the far end and holds it against what was sent.

It is the judge of the sinks, so it shares no code with them nor with the formats: it has its own decoders, its own
consumers and its own reading of a run's books. What it knows about records is what the released schemas say.
"""
