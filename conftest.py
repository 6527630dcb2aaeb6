"""Stands here so that the tests can import what they share (`tests.contracts`): pytest puts this folder on its path."""

import signal

pytest_plugins = ("tests.brokers.fixtures", "tests.browser.fixtures")

# A shell starts background jobs with SIGINT ignored, and so would be every test that presses Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
