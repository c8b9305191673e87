"""Values that must not be seen, redacted by type: printing, formatting or pickling one shows nothing."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a text; `reveal()` is the only way to it, so that every use can be found by name."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself."""
        return self.__text

    def is_header_safe(self) -> bool:
        """Whether it is visible ASCII throughout, as a header value and a JWT must be."""
        return bool(self.__text) and all("!" <= character <= "~" for character in self.__text)

    def __repr__(self) -> str:
        return "Secret(redacted)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
