"""The sub-commands of `data-simulator`, one file each. Each module holds one `command` and its `EXAMPLES`."""
