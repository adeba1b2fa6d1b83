"""How the documentation is built: ``make docs``. A warning is an error.

Nothing here needs the network: types of other projects are named, not linked.
"""

import sys
from pathlib import Path

import django
from django.conf import settings

from jwt_accounts import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# The reference is read off the code, which wants a configured Django. No database is opened.
if not settings.configured:
    settings.configure(
        SECRET_KEY="documentation",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "jwt_accounts",
            "jwt_accounts.contrib.activity",
            "jwt_accounts.contrib.devices",
            "jwt_accounts.contrib.notifications",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()

project = "django-jwt-accounts"
author = "jwt_accounts contributors"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "from_code"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(collections|datetime|django|rest_framework|rest_framework_simplejwt|uuid)\..*"),
    (r"py:.*", r"UUID|os\.PathLike"),
    (r"py:.*", r"jwt_accounts\.http\.(actions\.[A-Z]|paging\.\w+|simplejwt\.\w+Body)"),
    # Pieces of signatures that Sphinx takes apart wrongly.
    (r"py:.*", r"B|Mapping\[str|tuple\[Cookie"),
    # The host's own types, whatever they are.
    (r"py:.*", r"(jwt_accounts\.types\.)?(HostUser|UserKey|HttpRequest|Request|Response)"),
    (r"py:.*", r"AdminSite"),
]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = f"django-jwt-accounts {version}"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
