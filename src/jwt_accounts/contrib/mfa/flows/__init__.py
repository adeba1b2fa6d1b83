"""Use cases of second factors: a context and keyword-only arguments in, a result out, or an
``AccountError``."""
