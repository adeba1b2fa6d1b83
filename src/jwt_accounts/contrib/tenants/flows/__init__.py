"""Use cases of tenants: a context and keyword-only arguments in, a result out, or an
``AccountError``."""
