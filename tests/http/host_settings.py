"""A host whose REST framework is set up in every way unlike the stock one."""

from tests.settings import *  # noqa: F403

_HERE = "tests.http.host_parts."

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": [f"{_HERE}ShoutingRenderer", f"{_HERE}OtherRenderer"],
    "DEFAULT_PARSER_CLASSES": [f"{_HERE}OneWordParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [f"{_HERE}NobodyIsWelcome"],
    "DEFAULT_PERMISSION_CLASSES": [f"{_HERE}NothingIsAllowed"],
    "DEFAULT_THROTTLE_CLASSES": [f"{_HERE}NeverAgain"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": f"{_HERE}NoneOfThese",
    "DEFAULT_VERSIONING_CLASS": f"{_HERE}NoVersion",
    "DEFAULT_METADATA_CLASS": f"{_HERE}NoMetadata",
    "EXCEPTION_HANDLER": f"{_HERE}handle",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "NON_FIELD_ERRORS_KEY": "host_errors",
    "FORMAT_SUFFIX_KWARG": "user_id",
    "URL_FORMAT_OVERRIDE": "search",
    "UNICODE_JSON": False,
    "COMPACT_JSON": False,
    "STRICT_JSON": False,
    "COERCE_DECIMAL_TO_STRING": False,
    "UPLOADED_FILES_USE_URL": False,
    "DATETIME_FORMAT": "%d",
    "NUM_PROXIES": 7,
}
