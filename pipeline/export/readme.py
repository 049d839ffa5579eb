"""Write README.txt, which shows in a few lines of code how to use an exported network."""

from __future__ import annotations

from typing import Any

__all__ = ["readme"]

TEXT = """\
A network that was trained with the package `pipeline` (tf-image-pipeline), as files that run without it. export.json
describes what goes in and what comes out.

1. The SavedModel (saved_model.pb, variables/) takes the bytes of whole files and decodes and resizes them itself:

    import tensorflow as tf

    serve = tf.saved_model.load("THIS_FOLDER").signatures["serving_default"]
    answer = serve(image_bytes=tf.constant([open("photo.jpg", "rb").read()]))
    print({use})

   Outputs, one row a photo: {outputs}.
   It takes JPEG (grey or RGB), PNG (8 bits a channel, without a palette) and lossy WebP. Anything else is refused in
   one error for the whole request; convert it to one of those.

2. TensorFlow Serving wants a folder of versions: name this folder with a number, such as cats_dogs/1, then

    tensorflow_model_server --rest_api_port=8501 --model_name=cats_dogs --model_base_path=/path/to/cats_dogs
    curl -d '{{"instances": [{{"image_bytes": {{"b64": "BASE64 OF A FILE"}}}}]}}' \\
        http://localhost:8501/v1/models/cats_dogs:predict

3. model.keras takes images that are decoded and resized already, uint8 {shape}, levels 0-255:

    import keras
    import numpy as np
    from PIL import Image, ImageOps

    photo = {upright}.convert("{mode}")
    photo = {resized}
    pixels = np.asarray(photo, "uint8").reshape(1, {height}, {width}, {channels})
    model = keras.saving.load_model("THIS_FOLDER/model.keras")
    print(model.predict(pixels))  # float32 {columns}

   Columns, as in classes.json: {names}.
   How images were resized in training: {resize}. The SavedModel does just that, Pillow's lines above nearly{but}.
"""


def _resized(image: dict[str, Any], size: str) -> tuple[str, str]:
    """Return Pillow code for a run's resize, and a note on how it differs from the run's, or ""."""
    if image["resize"] == "crop":
        return f"ImageOps.fit(photo, {size}, Image.Resampling.BILINEAR)", ""
    if image["resize"] == "pad":
        edge = image["pad_value"] == "edge"
        level = 0 if edge else image["pad_value"]
        colour = level if image["color_mode"] == "grayscale" else (level,) * 3
        but = ", but for the bars, which repeat the photo's edge in training" if edge else ""
        return f"ImageOps.pad(photo, {size}, Image.Resampling.BILINEAR, color={colour})", but
    return f"photo.resize({size}, Image.Resampling.BILINEAR)", ""


def readme(record: dict[str, Any]) -> str:
    """Return the text for the content of export.json."""
    outputs, image = record["saved_model"]["outputs"], record["image"]
    first = "class" if "class" in outputs else "present" if "present" in outputs else "values"
    second = "probability" if "class" in outputs else next(iter(outputs))
    shape = record["keras"]["input"]["pixels"]["shape"]
    names = record["class_names"]
    resized, but = _resized(image, f"({shape[2]}, {shape[1]})")
    opened = 'Image.open("photo.jpg")'
    return TEXT.format(
        use=f'answer["{first}"].numpy(), answer["{second}"].numpy()',
        outputs=", ".join(f"{name} ({one['dtype']})" for name, one in outputs.items()),
        shape=f"[B, {', '.join(map(str, shape[1:]))}]",
        mode={1: "L", 3: "RGB", 4: "RGBA"}[shape[3]],
        upright=f"ImageOps.exif_transpose({opened})" if image["exif"] else opened,
        resized=resized,
        but=but,
        height=shape[1],
        width=shape[2],
        channels=shape[3],
        columns=f"[B, {len(names)}]",
        names=", ".join(names),
        resize=f"{image['resize']}, bilinear, decode={image['decode']}",
    )
