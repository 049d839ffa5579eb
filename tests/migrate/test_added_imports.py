"""A name for the package that the file does not use, and imports before any use."""

from __future__ import annotations

import pytest

from pipeline.migrate.added_imports import free_name, import_line
from tests.support.migrated import migrated, scopes_of

TF = "import tensorflow as tf\n"
USE = "tf.keras.preprocessing.image.ImageDataGenerator()\n"


@pytest.mark.parametrize(
    "clash",
    [
        "from sklearn import pipeline",
        "import sklearn.pipeline as pipeline",
        "pipeline = 1",
        "def pipeline(): pass",
        "def f(pipeline): pass",
        "for pipeline in x: pass",
        "[pipeline for pipeline in x]",
        "class A:\n    pipeline: int",
        "if (pipeline := 3): pass",
        "pipeline.fit()",  # from a star import
        "try: pass\nexcept E as pipeline: pass",
    ],
)
def test_a_clash_is_avoided(clash: str) -> None:
    after = migrated(f"{TF}{clash}\n{USE}")
    assert after == f"{TF}import pipeline as image_pipeline\n{clash}\nimage_pipeline.ImageDataGenerator()\n"


def test_without_one_the_name_is_the_packages() -> None:
    assert free_name(scopes_of("x = sklearn.pipeline"), "pipeline") == "pipeline"
    assert free_name(scopes_of("import pipeline\npipeline.x"), "pipeline") == "pipeline"


def test_an_alias_is_free_itself() -> None:
    assert free_name(scopes_of("pipeline = image_pipeline = 1"), "pipeline") == "image_pipeline_2"
    assert free_name(scopes_of("pipeline = 1\nimport pipeline as image_pipeline"), "pipeline") == "image_pipeline"


def test_both_modules_have_aliases() -> None:
    after = migrated(f"{TF}pipeline = 1\n{USE}tf.keras.preprocessing.image.load_img\n")
    assert "import pipeline as image_pipeline\nimport pipeline.legacy as image_pipeline_legacy\n" in after
    assert after.endswith("image_pipeline.ImageDataGenerator()\nimage_pipeline_legacy.load_img\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@a(\n    1)\ndef f():\n    global tf\n    import tensorflow as tf\n" + USE, "import pipeline\n@a("),
        ("if 1: import tensorflow as tf\n" + USE, "import pipeline\nif 1: import"),
        ("def f(): import tensorflow as tf; " + USE, "def f(): import tensorflow as tf; import pipeline; pipeline."),
        (
            "class A:\n    with x:\n        import tensorflow as tf\n    a = " + USE,
            "class A:\n    import pipeline\n    with x:",
        ),
    ],
)
def test_it_stands_before_the_first_use(before: str, after: str) -> None:
    assert migrated(before).startswith(after)


def test_the_line() -> None:
    assert import_line("pipeline.legacy", "p") == "import pipeline.legacy as p"
