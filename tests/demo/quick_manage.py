"""The example project's ``manage.py``, with hashes that cost little: they are Django's, and what
the demo does with them is tested."""

import runpy
import sys
from pathlib import Path

from django.contrib.auth.hashers import PBKDF2PasswordHasher

MANAGE = Path(__file__).parents[2] / "example_project" / "manage.py"

PBKDF2PasswordHasher.iterations = 20_000
sys.path[0] = str(MANAGE.parent)
sys.argv[0] = str(MANAGE)
runpy.run_path(str(MANAGE), run_name="__main__")
