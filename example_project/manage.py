"""The example project's command line."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path


def main() -> None:
    """Run a command. Where the demo keeps its files and where it is served must be known before
    the settings are read."""
    parser = ArgumentParser(add_help=False)
    parser.add_argument("--data")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--pin-in-response", action="store_true")
    known, _ = parser.parse_known_args()
    if known.data:
        os.environ["DEMO_DATA"] = str(Path(known.data).resolve())
    if known.pin_in_response:
        os.environ["DEMO_PIN_IN_RESPONSE"] = "1"
    # Links in messages lead here.
    os.environ["DEMO_ADDRESS"] = f"http://127.0.0.1:{known.port}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_site.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
