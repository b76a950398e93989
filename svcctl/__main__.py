"""``python -m svcctl``."""

from svcctl.cli.start import run

run()
