"""docs/how-to/faults.md has the table of faults as the tests have it."""

from __future__ import annotations

from e2e.harness.binaries import REPOSITORY
from e2e.harness.fault_rows import ROWS
from e2e.harness.faults import FAULTS

PAGE = REPOSITORY / "docs" / "how-to" / "faults.md"


def test_the_page_has_every_row_and_no_other() -> None:
    expected = [row.markdown() for row in (*(fault.row for fault in FAULTS), *ROWS)]
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert [line for line in lines if not line.startswith("| what goes wrong ")] == expected
