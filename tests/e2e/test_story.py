"""From the example's files to a deploy by a job that holds no credential, and everybody else refused."""

from __future__ import annotations

import pytest

from e2e.story.chapters import CHAPTERS
from e2e.story.scene import Played

TITLES = [scene.title for chapter in CHAPTERS for scene in chapter.scenes]


@pytest.mark.parametrize("title", TITLES)
def test_the_real_programs_say_what_the_story_has(played: dict[str, Played], title: str) -> None:
    scene = played[title]
    assert scene.fault is None, f"{scene.fault}\n$ {scene.result.script}\n{scene.result.output}\n{scene.log}"


def test_no_scene_hides_another() -> None:
    assert len(set(TITLES)) == len(TITLES)
