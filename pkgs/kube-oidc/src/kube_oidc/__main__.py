"""`python -m kube_oidc`."""

import sys

from kube_oidc.cli import main

sys.exit(main())
