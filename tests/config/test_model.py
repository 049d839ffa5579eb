"""`ModelConfig`: the networks, and the fields that each of them takes."""

from typing import Any

import pytest

from pipeline.config import FitConfig, ImageConfig, ModelConfig, TrainConfig
from pipeline.config.model import APPLICATIONS
from pipeline.errors import InputError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cnn", "cnn"),
        ("mobilenet_v2", "mobilenet_v2"),
        ("MobileNetV2", "mobilenet_v2"),
        ("MobileNetV3Small", "mobilenet_v3_small"),
        ("EfficientNetV2-B0", "efficientnet_v2_b0"),
        ("resnet_50", "resnet50"),
        ("ResNet50V2", "resnet50_v2"),
        ("VGG 16", "vgg16"),
    ],
)
def test_a_network_is_known_by_keras_name_too(written: str, meant: str) -> None:
    assert ModelConfig(name=written).name == meant


@pytest.mark.parametrize(("written", "close"), [("mobilnetv2", "mobilenet_v2"), ("vgg_61", "vgg16"), ("smal", "small")])
def test_a_name_that_is_none_is_refused_with_those_it_is_close_to(written: str, close: str) -> None:
    with pytest.raises(InputError, match=rf"close are .*{close}.*Received: '{written}'"):
        ModelConfig(name=written)


@pytest.mark.parametrize("written", ["transformer9000", "", None, 3])
def test_a_name_close_to_none_is_refused_with_all(written: Any) -> None:
    with pytest.raises(InputError, match=r"convnext_tiny, .*xception\)\. Received: "):
        ModelConfig(name=written)


def test_what_is_not_said_is_the_network_s_own() -> None:
    cnn, small, transfer = (ModelConfig(name=name) for name in ("cnn", "small", "vgg16"))
    assert (cnn.filters, cnn.kernel, cnn.depth, cnn.dense, cnn.dropout) == ((16, 32, 64), 3, 1, (512, 64), 0)
    assert small.dense == ()
    assert (transfer.weights, transfer.filters, transfer.dense) == ("imagenet", None, ())
    assert ModelConfig(name="vgg16", dense=(8,), dropout=0.5).dense == (8,)


@pytest.mark.parametrize("name", ["cnn", "small", *APPLICATIONS])
def test_a_resolved_configuration_resolves_to_itself(name: str) -> None:
    """Read a configuration back, since a run's config.yaml contains every field."""
    config = ModelConfig(name=name)
    assert ModelConfig(**vars(config)) == config


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "vgg16", "filters": (3,)}, r"model\.filters must be null where model\.name is 'vgg16'"),
        ({"name": "vgg16", "depth": 2}, r"model\.depth must be null"),
        ({"weights": "imagenet"}, r"model\.weights must be null where model\.name is 'cnn', which is not pretrained"),
        ({"name": "small", "unfreeze": 3}, r"model\.unfreeze must be null"),
        ({"kernel": 0}, r"model\.kernel must be an integer of at least 1"),
        ({"name": "vgg16", "unfreeze": 0}, r"model\.unfreeze must be null or an integer"),
        ({"name": "vgg16", "weights": ""}, r"model\.weights must be \"imagenet\", \"none\", or the path"),
    ],
)
def test_what_a_network_does_not_have_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ModelConfig(**fields)


def test_a_network_that_preprocesses_takes_levels_as_they_are() -> None:
    model = ModelConfig(name="mobilenet_v2")
    assert TrainConfig(model=model).image.rescale is None
    assert TrainConfig(model=model, image=ImageConfig(rescale=None)).image.rescale is None
    assert TrainConfig().image.rescale == 1 / 255
    with pytest.raises(
        InputError, match=r"image\.rescale must be null where model\.name is 'mobilenet_v2'.*Received: 0"
    ):
        TrainConfig(model=model, image=ImageConfig(rescale=1 / 255))
    with pytest.raises(InputError, match=r"image\.color_mode must be \"rgb\" where .*Received: 'grayscale'"):
        TrainConfig(model=model, image=ImageConfig(color_mode="grayscale"))


@pytest.mark.parametrize("model", [ModelConfig(), ModelConfig(name="small"), ModelConfig(name="vgg16", weights="none")])
def test_only_what_is_pretrained_is_fine_tuned(model: ModelConfig) -> None:
    with pytest.raises(InputError, match=r"train\.fine_tune_epochs must be 0 where the model is not pretrained"):
        TrainConfig(model=model, train=FitConfig(fine_tune_epochs=1))
    TrainConfig(model=ModelConfig(name="vgg16"), train=FitConfig(fine_tune_epochs=1))
    TrainConfig(model=ModelConfig(name="vgg16", weights="own.weights.h5"), train=FitConfig(fine_tune_epochs=1))


@pytest.mark.parametrize(
    ("written", "weights", "file"),
    [("ImageNet", "imagenet", None), (" None", "none", None), ("./none", "./none", "./none"), ("w.h5", "w.h5", "w.h5")],
)
def test_weights_are_known_in_any_case_or_a_file(written: str, weights: str, file: str | None) -> None:
    model = ModelConfig(name="vgg16", weights=written)
    assert (model.weights, model.file) == (weights, file)
