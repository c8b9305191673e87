"""Building blocks for `users.py`: expressions that read claims and users, and values of claims."""

from __future__ import annotations

from typing import Final

from differential.oracle.payloads import NOW

# Expressions, `{c}` and `{d}` for claims, `{o}` for an optional one, `{h}` for its presence.
TEXTS: Final = (
    "{c}", "{c}", "{c}", "string({c})", "'p:' + {c}", "{c} + {d}", "{c}.lowerAscii()", "'%s'.format([{c}])",
    "{c}.split('/')[0]", "dyn({c})[0]", "dyn({c}).b", "dyn({c}).?b.orValue('z')", "''", "'x'",
    "'%s'.format([type({c})])", "type({c}) == string ? {c} : 'x'", "dyn({c}) == null ? 'nobody' : string({c})",
    "string(int({c}))", "{o}.orValue('')", "{o}.orValue({d})", "{c}.join(',')",
    "dyn({c}).map(x, string(x)).join('+')", "{c}[0]", "string({c} == {d})", "string(size({c}))", "{o}",
    "{c}.a__dot__b", "string(double({c}))", "'%d'.format([dyn({c})])", "{c}.trim()", "string(timestamp(int({c})))",
    "{h} ? {c} : {d}", "string({c} + 1)", "string(duration({c}))", "{c}.substring(1)",
)  # fmt: skip
LISTS: Final = (
    "{c}", "{c}", "{c}", "[{c}]", "[{c}, {d}]", "dyn({c}).map(x, 'g:' + x)", "dyn({c}).filter(x, x != '')",
    "{c}.split(',')", "{c}.split(',').map(x, x)", "['a', '']", "[]", "null", "dyn({c}) + ['x']", "{o}.orValue([])",
    "type({c}) == list ? {c} : [{c}]", "dyn({c}).map(x, string(x))", "dyn({c}).map(k, k)", "{o}", "[?{o}]", "''",
    "'x'", "dyn({o}.orValue([])).map(g, 'p:' + g)", "{h} ? {c} : []", "{c}.findAll('[a-z]')", "[string({c}), '']",
    "dyn({c}).all(x, x != 'b') ? {c} : null", "[{c}][0]", "{'a': {c}}.a", "optional.of({c}).value()", "{c}.b", "1",
    "{'a': 1}",
)  # fmt: skip
CONDITIONS: Final = (
    "{c} == 'a'", "{c} != ''", "{h}", "{c} in ['a', 'me']", "'a' in {c}", "dyn({c}) > 0", "{c} - {d} < 3600",
    "{c} == true", "size({c}) > 0", "type({c}) == string", "{c}.startsWith('a')", "{c} == {d}", "{c} == 1",
    "dyn({c}).all(x, x != 'b')", "dyn({c}).exists(x, x == 'a')", "{o}.hasValue()", "{o}.orValue('') == 'a'",
    "!({h})", "{h} && {c} == {d}", "{c} == 'a' || {d} == 'a'", "{c} == null", "{c} == 1.0",
    "dyn({c}) >= 9007199254740992", "{c}.matches('^a+$')", "{c}.b == {d}", "has(claims.a) ? {c} == 'a' : true",
    "{c} == ['a']", "double({c}) == 1.5", "true", "{c} == {'b': 1}", "int({c}) == 1", "string({c}) == '1'",
    "claims == claims", "'a' in claims", "size(claims) > 3",
)  # fmt: skip
OVER_USER: Final = (
    "!user.username.startsWith('system:')", "user.groups.all(g, !g.startsWith('system:'))", "user.username != 'me'",
    "user.uid == ''", "size(user.extra) == 0", "has(user.uid) && has(user.groups) && has(user.extra)", "true",
    "user.groups == ['a']", "user.groups[0] == 'a'", "'a' in user.groups", "user.extra['example.org/a'] == ['a']",
    "'example.org/a' in user.extra", "user.extra.all(k, k.startsWith('e'))",
    "user.extra.example__dot__org__slash__a == ['a']",
    "user.extra['authentication.kubernetes.io/credential-id'][0] == 'JTI=a'",
    "user.?extra[?'example.org/a'].hasValue()", "size(user.username) + size(user.groups) < 9", "user.extra == {}",
    "user.extra.exists(k, user.extra[k] == ['a'])", "user.username.matches('^[a-z:]*$')",
    "user.extra.map(k, size(user.extra[k])).sum() == 1", "user.groups.isSorted()",
    "has(user.extra.authentication__dot__kubernetes__dot__io__slash__credential__dash__id)",
    "user.username == user.uid", "user.groups.exists_one(g, g == user.username)",
    "user.extra['a.example.org/x/y'].exists(v, v in user.groups)", "user == user",
)  # fmt: skip
# Values of claims, as JSON.
PLAIN: Final = (
    '"a"', '"a"', '"a"', '"me"', '""', '"system:masters"', '"a,b"', '"é"', '"true"', "true", "false", "null", "0",
    "1", "1.5", '["a"]', '["a","b"]', '["a",""]', "[]", "{}", '["a",1]', '[null,"a"]', '{"b":"a"}', '{"b":1}',
    '{"b":{"b":["a"]}}', '{"a.b":"a","a__dot__b":"x"}', '[{"a.b":1}]', '[["a"],"b"]', '{"A":"x","a":"y"}',
    '{"x":{"endpoint":"https://d.example"}}', '{"groups":"x"}', '{"b":""}', '{"x":{}}', '"1"', '"1h"', '"/a/b"',
    "1800000000",
)  # fmt: skip
TIMES: Final = (
    *(str(NOW + seconds) for seconds in (-1, 0, 1, 59, 60, 61, 3600)),
    f"{NOW}.5", f"{NOW - 1}.999999999", f"{NOW + 60}.5", f'"{NOW + 60}"', f'"{NOW}.5"', "18e8", "1.80000006E9", "0",
    "-1", "-1.5", "1e300", "-1e300", "9223372036854775807", "9223372036854775808", "9.3e18", "-9.3e18", "253402300799",
    "253402300800", "-62135596801", '"1e400"', '""', '" 1"', '"0x1"', '"-0"', "-0", '"1_0"', '"١"', r'"\u0031"',
)  # fmt: skip
