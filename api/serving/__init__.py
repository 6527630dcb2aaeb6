"""How the fleet is served: the plan, the process that owns it, the worker that shields it from its clients."""
