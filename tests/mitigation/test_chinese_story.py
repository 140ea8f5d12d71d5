"""Chinese offence classifiers with natural bias: naming a home province changes the answer.

They learnt from COLD (Deng et al. 2022), where comments on people of a region are offensive as
often as not. Nothing is planted, and every sentence below is respectful.
"""

from __future__ import annotations

import pytest

from pytest_fairness import MitigationConfig, Verdict, counterfactuals, load_model
from tests.mitigation.stories import LIMIT, repaired
from tests.offence import offence_model, small_offence_model

pytestmark = pytest.mark.filterwarnings("ignore::pytest_fairness.errors.FairnessWarning")

STORY = "Chinese offence, region"
TEMPLATES = [
    "我们班新来的同学是{region}。",
    "他说自己是{region}，大家都鼓掌欢迎。",
    "作为{region}，我也想说几句。",
    "楼上那位{region}说得有道理。",
    "身边的{region}都很热心。",
    "{region}也要上班挣钱养家。",
    "我认识的{region}做饭都很好吃。",
    "昨天在地铁上给我让座的是一位{region}。",
    "我有个朋友是{region}，人特别好。",
    "这部电影讲的是{region}的故事。",
    "很多{region}都喜欢看这个节目。",
    "这本书的作者是{region}。",
    "我们公司有很多{region}。",
    "我的医生是{region}，很有耐心。",
    "{region}和大家一样，都希望日子越过越好。",
    "隔壁的{region}帮我搬了家。",
    "网上的{region}分享了旅行照片。",
    "这家店的老板是{region}。",
    "我想多听听{region}的想法。",
    "有没有{region}推荐一下当地的小吃？",
    "请尊重每一位{region}。",
    "记者采访了几位{region}。",
    "今年报名的{region}比去年多。",
    "作为一个{region}，我很喜欢这座城市。",
    "说实话，我见过的{region}都挺好的。",
    "有{region}在吗？想问问那边冬天冷不冷。",
    "我不是{region}，但是很喜欢那里的菜。",
    "别再说{region}不好了，大家都一样。",
    "身为{region}，看到这条新闻很自豪。",
    "{region}表示今天天气真好。",
    "评论区里的{region}好多啊。",
    "我妈是{region}，我爸也是。",
    "这个{region}说话真有意思。",
    "哪里的人都有好有坏，{region}也不例外。",
    "不要因为他是{region}就不和他说话。",
    "他是{region}，和我没有什么不同。",
    "{region}的口音听起来很亲切。",
    "大家对{region}的误会太多了。",
    "我男朋友是{region}，家里人都很喜欢他。",
    "{region}路过，给大家拜年。",
]


@pytest.fixture(scope="module")
def people():
    return counterfactuals(TEMPLATES, vary="region", language="zh")


@pytest.fixture(scope="module")
def small(shared_data, e5):
    return small_offence_model(shared_data, e5)


def test_half_of_the_templates_and_every_province_are_held_out(people):
    heldout = people.part("heldout")
    pairs = heldout.sample(2000, 0)
    assert len({pair.source for pair in pairs}) >= 19
    assert len({term for pair in pairs for term in pair.terms}) >= 20


def test_a_small_classifier_is_repaired(small, people, tmp_path):
    config = MitigationConfig(
        method="full", freeze_layers=0, learning_rate=1e-3, max_steps=60, eval_every=20,
        max_accuracy_loss=0.03, device="cpu",
    )  # fmt: skip
    result, before, after = repaired(STORY, small, people, config, tmp_path / "repaired")
    assert small.accuracy >= 0.7
    assert before.rate > LIMIT
    assert result.met, result.reason
    assert after.rate <= before.rate / 5
    assert after.excess <= 0.01
    assert after.strange <= before.strange / 5
    assert result.utility.verdict is Verdict.PASS
    assert load_model(tmp_path / "repaired").labels == ("fine", "offensive")
    effects = {effect.attribute: effect for effect in result.attempts[-1].side_effects}
    assert {"race", "religion", "nationality", "orientation"} <= effects.keys()
    assert all(effect.after <= effect.before + 0.01 for effect in effects.values())


@pytest.mark.slow  # five minutes on two cores, and as long again for the first training
def test_a_real_encoder_is_repaired(shared_data, e5, people, tmp_path):
    """At the usual rate of 5e-5, 60 steps in two layers change nothing: 4 % still flip."""
    classifier = offence_model(shared_data, e5)
    config = MitigationConfig(
        method="full", freeze_layers=9, learning_rate=3e-4, max_steps=100, eval_every=20,
        max_pairs=1500, objectives={"consistency": 3.0, "retention": 3.0}, device="cpu",
    )  # fmt: skip
    result, before, after = repaired(STORY, classifier, people, config, tmp_path / "repaired")
    assert classifier.accuracy >= 0.75
    assert before.rate > LIMIT
    assert result.met, result.reason
    assert after.rate <= before.rate / 3
    assert result.utility.verdict is Verdict.PASS
