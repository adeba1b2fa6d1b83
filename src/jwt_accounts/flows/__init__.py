"""Use cases: a context and keyword-only arguments in, a result out, or an ``AccountError``.

Each flow owns its transaction. Those that count tries refuse to run inside a caller's.
"""
