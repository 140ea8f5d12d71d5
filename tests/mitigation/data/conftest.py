import pytest

from pytest_fairness.mitigation.data import Rows, read_rows


@pytest.fixture(scope="session")
def tweets(shared_data) -> Rows:
    """Every tenth of 24,783 tweets: hate speech 0, offensive 1, neither 2."""
    rows = read_rows(shared_data / "hate_speech_davidson" / "tweets.csv", "text", "class")
    return rows.select(range(0, len(rows), 10))


@pytest.fixture(scope="session")
def posts(shared_data) -> Rows:
    """Every fourth of 4,000 Chinese posts, by topic: offensive 1, harmless 0."""
    path = shared_data / "cold_zh" / "train_sample.csv"
    rows = read_rows(path, "TEXT", "label", "topic")
    return rows.select(range(0, len(rows), 4))


@pytest.fixture(scope="session")
def reviews(shared_data) -> Rows:
    """Sentences of reviews: positive 1, negative 0."""
    lines = (shared_data / "sst2" / "dev.tsv").read_text("utf-8").splitlines()
    pairs = [line.rsplit("\t", 1) for line in lines]
    return read_rows([{"text": text, "label": label} for text, label in pairs], label="label")
