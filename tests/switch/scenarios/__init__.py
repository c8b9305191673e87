"""What happens to a node, by what is changed about it; one module has the scenarios that share a boot."""

from __future__ import annotations

from typing import Final

from switch.scenario import Group
from switch.scenarios import boots, changes, files, k3s, outages

# Several run at a time.
GROUPS: Final[tuple[Group, ...]] = (
    changes.GROUP,
    outages.GROUP,
    files.GROUP,
    files.OF_ISSUERS,
    *boots.GROUPS,
    k3s.GROUP,
)
