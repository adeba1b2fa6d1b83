import json
from tests.http.endpoints import READS_A_BODY, READS_NO_BODY, assert_in_shape
def test_probe(caller):
    from django.core.cache import cache
    for call in [*READS_A_BODY, *READS_NO_BODY] * 2:
        if "dj-rest-auth/mfa" in call.endpoint.pattern:
            cache.clear()
            body = json.dumps(caller.right(call)).encode() if call in READS_A_BODY else b""
            r = caller.once(call, body)
            print(call, r.status_code, r.content[:90])
            for junk in ([], {}, {"code": 1}, {"code": "1" * 10**6}, {"code": "\x00", "activation_token": "\ud800", "ephemeral_token": "\ud800"}, {"code": "1", "activation_token": "a:b:c", "ephemeral_token": "a.b"}):
                cache.clear()
                r2 = caller.once(call, json.dumps(junk).encode())
                assert_in_shape(call.endpoint, r2)
