"""What is dealt out together, since it is too much alike to be called unseen."""

from __future__ import annotations

from pytest_fairness import counterfactuals


def test_templates_that_differ_in_punctuation_alone_are_held_out_together():
    plain = ["{name} lives in Leeds", "{name} called us", "{name} is late", "We met {name}"]
    space = counterfactuals([t + mark for t in plain for mark in (".", "!", " ?")], vary="gender")
    parts = [space.part(which).sources for which in ("train", "validation", "heldout")]
    bare = [{source.rstrip(" .!?") for source in sources} for sources in parts]
    assert [len(sources) for sources in parts] == [3 * len(some) for some in bare]
    assert sum(len(some) for some in bare) == 4
