"""OpenAPI documents through drf-spectacular, whose one door this is. Nobody imports it but
``apps.py``, where ``drf_spectacular`` is among the ``INSTALLED_APPS``."""
