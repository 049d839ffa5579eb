"""The examples of `pipeline/README.md` run, one after the other, and train: a source and ops of one's own."""

from __future__ import annotations

import io
import re
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from tests.support.places import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_source_and_the_ops_of_the_tour_train(tmp_path: Path) -> None:
    names: dict[str, object] = {"__name__": "tour"}
    for block in BLOCK.findall((ROOT / "pipeline" / "README.md").read_text("utf-8")):
        exec(compile(block, "pipeline/README.md", "exec", dont_inherit=True), names)
    whole, places = b"", []
    for k in range(8):
        png = io.BytesIO()
        Image.new("RGB", (20, 20), (30 * k, 90, 200)).save(png, "PNG")
        places.append((len(whole), len(png.getvalue())))
        whole += png.getvalue()
    (tmp_path / "images.pack").write_bytes(whole)
    from_pack = names["from_pack"]
    assert callable(from_pack)
    labels = [k % 2 for k in range(8)]
    data = from_pack(str(tmp_path / "images.pack"), np.array(places), labels, ["even", "odd"], names["augment"])
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(data.train, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
