"""Conversions between types, overload by overload."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.cel import conversions as convert

FUNCTIONS: Final = {
    **dict.fromkeys(("bool_to_bool", "string_to_bool"), convert.to_bool),
    **dict.fromkeys(("bytes_to_bytes", "string_to_bytes"), convert.to_bytes),
    **dict.fromkeys(
        ("double_to_double", "int64_to_double", "string_to_double", "uint64_to_double"), convert.to_double
    ),
    **dict.fromkeys(("duration_to_duration", "int64_to_duration", "string_to_duration"), convert.to_duration),
    **dict.fromkeys(
        (
            "int64_to_int64",
            "double_to_int64",
            "duration_to_int64",
            "string_to_int64",
            "timestamp_to_int64",
            "uint64_to_int64",
        ),
        convert.to_int,
    ),
    **dict.fromkeys(
        (
            "string_to_string",
            "bool_to_string",
            "bytes_to_string",
            "double_to_string",
            "duration_to_string",
            "int64_to_string",
            "timestamp_to_string",
            "uint64_to_string",
        ),
        convert.to_string,
    ),
    **dict.fromkeys(
        ("timestamp_to_timestamp", "int64_to_timestamp", "string_to_timestamp"), convert.to_timestamp
    ),
    **dict.fromkeys(
        ("uint64_to_uint64", "double_to_uint64", "int64_to_uint64", "string_to_uint64"), convert.to_uint
    ),
}
