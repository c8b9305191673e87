"""When and from what a page is made."""

from __future__ import annotations

import argparse
import os
import time
from typing import Final

from kube_oidc import __version__
from kube_oidc.rbac import Loaded
from kube_oidc.report.document import Origin

_MAX_EPOCH_SECONDS: Final = 253_402_300_799  # the year 9999


def origin_of(arguments: argparse.Namespace, loaded: Loaded) -> Origin:
    """When and from what the page is made; SOURCE_DATE_EPOCH sets the time, for pages that can be reproduced."""
    source, cluster = ", ".join(arguments.rbac) or "only those built into Kubernetes", ""
    if arguments.live:
        source = f"{arguments.context or 'current'} context"
        cluster = next((one.place.path for one in loaded.objects.bindings), "")
    if arguments.compare_rbac:
        source += f"; before: {', '.join(arguments.compare_rbac)}"
    if arguments.compare_live:
        source += f"; before: the running cluster, {arguments.context or 'current'} context"
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    made = time.gmtime(min(int(epoch), _MAX_EPOCH_SECONDS) if epoch.isdecimal() else None)
    shown = time.strftime("%Y-%m-%d %H:%M UTC", made)
    return Origin(shown, __version__, arguments.kubernetes_version, source, cluster)
