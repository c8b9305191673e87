"""Secret values, redacted by type: printing, formatting or pickling one reveals nothing."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A secret text, accessible only through `reveal()`, so that every use can be found."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself."""
        return self.__text

    def is_header_safe(self) -> bool:
        """Whether it consists of visible ASCII, as required for header values and JWTs."""
        return bool(self.__text) and all("!" <= character <= "~" for character in self.__text)

    def __repr__(self) -> str:
        return "Secret(redacted)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret can't be pickled")
