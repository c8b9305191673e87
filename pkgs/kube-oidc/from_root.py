"""Builds the package out of its own folder for who installs the repository's root: setuptools, one folder further in.

An in-tree backend of PEP 517: the build starts in the root, and everything setuptools reads is here.
"""

from __future__ import annotations

import os
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - the hooks that a backend has

__all__ = build_meta.__all__

os.chdir(Path(__file__).resolve().parent)
