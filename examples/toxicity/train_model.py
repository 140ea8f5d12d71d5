"""Make the model of this story: MiniLM, fine-tuned on public tweets. Needs a minute on two cores.

    python train_model.py FOLDER_OF_DATA_SETS

The folder holds ``hate_speech_davidson/tweets.csv`` (Davidson et al. 2017). Writes ``toxicity/``,
the model, and ``rows.csv``, labelled rows that it was not trained on. With a model of your own you
need none of this: name its folder in the marker of test_toxicity.py.
"""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # the recipe is that of this repository's tests

from tests.toxicity import toxicity_model

if __name__ == "__main__":
    made = toxicity_model(Path(sys.argv[1]))
    shutil.copytree(made.folder, "toxicity")
    shutil.copy(made.rows, "rows.csv")
    print(f"toxicity/: accuracy {made.accuracy:.3f} on 1,000 tweets that it has not seen")
