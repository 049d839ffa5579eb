"""Arguments are parsed in this process; commands run in processes of their own."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Augment, ImageConfig, TrainConfig
from pipeline.console import arguments as cli
from pipeline.errors import InputError, MissingPathError
from tests.support.places import ROOT


def parse(*argv: str) -> TrainConfig:
    return cli.parse(TrainConfig, argv, prog="python -m pipeline.train", description="Trains.")


def refused(*argv: str) -> str:
    with pytest.raises(InputError) as caught:
        parse(*argv)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def run(body: str, *argv: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command with `body` as its `main` in a new process."""
    lines = "\n".join("    " + line for line in body.splitlines())
    script = (
        "import sys\nfrom pipeline.console import arguments as cli\nfrom pipeline.config import TrainConfig\n"
        f"def main() -> int:\n{lines}\n    return 0\ncli.run_command(main)\n"
    )
    command = [sys.executable, "-c", script, *argv]
    given: dict[str, Any] = options or {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(command, cwd=ROOT, text=True, check=False, **given)


PARSE = "config = cli.parse(TrainConfig, prog='python -m x', description='Trains.')\nprint(config.image.size)"


# ---- the way in


def test_no_argument_gives_the_defaults() -> None:
    assert parse() == TrainConfig()


@pytest.mark.parametrize(
    ("argv", "name", "value"),
    [
        (["--image.size", "150"], "image.size", (150, 150)),
        (["--image.size", "[150,200]"], "image.size", (150, 200)),
        (["--image.size=[150, 200]"], "image.size", (150, 200)),
        (["--augment.zoom_range", "0.2"], "augment.zoom_range", 0.2),
        (["--augment.zoom_range", "[0.8,1.2]"], "augment.zoom_range", (0.8, 1.2)),
        (["--augment.width_shift_range", "2"], "augment.width_shift_range", 2),
        (["--augment.width_shift_range", "2.0"], "augment.width_shift_range", 2.0),
        (["--augment.width_shift_range", "[-1,2.5]"], "augment.width_shift_range", (-1.0, 2.5)),
        (["--augment.cval", "-5"], "augment.cval", -5.0),
        (["--loader.cache", "none"], "loader.cache", "none"),
        (["--data.label_mode", "none"], "data.label_mode", None),
        (["--data.label_mode", "null"], "data.label_mode", None),
        (["--data.class_names", "[yes,no]"], "data.class_names", ("yes", "no")),
        (["--data.train", "123"], "data.train", "123"),
        (["--data.train", "# 1"], "data.train", "# 1"),
        (["--data.train", "null"], "data.train", None),
        (["--data.train=-x"], "data.train", "-x"),
        (["--data.train", "caf\udce9"], "data.train", "caf\udce9"),
        (["--seed", "null"], "seed", None),
        (["--seed", "7"], "seed", 7),
        (["--train.learning_rate", "1e-4"], "train.learning_rate", 1e-4),
        (["--model.dense", "[]"], "model.dense", ()),
        (["--overwrite"], "overwrite", True),
        (["--overwrite", "--seed", "1"], "overwrite", True),
        (["--overwrite", "false"], "overwrite", False),
        (["--image", "{size: 3}"], "image.size", (3, 3)),
        (["--seed", "1", "--seed", "2"], "seed", 2),
    ],
)
def test_options(argv: list[str], name: str, value: Any) -> None:
    found: Any = parse(*argv)
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("argv", "start", "received"),
    [
        (["--image.size", "[150]"], "image.size must be ", "[150]"),
        (["--image.size", "abc"], "image.size must be ", "'abc'"),
        (["--image.size", "0"], "image.size must be ", "0"),
        (["--image.size", "150", "200"], "an option must start with --", "'200'"),
        (["--loader.batch_size", "0"], "loader.batch_size must be ", "0"),
        (["--loader.batch_size", "many"], "loader.batch_size must be ", "'many'"),
        (["--loader.batch_size", "true"], "loader.batch_size must be ", "True"),
        (["--loader.cache", "tape"], "loader.cache must be ", "'tape'"),
        (["--augment.rotation_range", "nan"], "augment.rotation_range must be ", "'nan'"),
        (["--augment.rotation_range", ".inf"], "augment.rotation_range must be ", "inf"),
        (["--augment.zoom_range", "[1,2,3]"], "augment.zoom_range must be ", "[1, 2, 3]"),
        (["--data.validation", "1.5"], "data.validation must be ", "'1.5'"),
        (["--seed", "1.5"], "seed must be ", "1.5"),
        (["--overwrite", "maybe"], "overwrite must be ", "'maybe'"),
        (["--image", "{size: 0}"], "image.size must be ", "0"),
        (["stray"], "an option must start with --", "'stray'"),
        (["--seed"], "--seed must be followed by a value", "nothing"),
        (["--seed", "--overwrite"], "--seed must be followed by a value", "nothing"),
        (["--config"], "--config must be followed by a value", "nothing"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(argv: list[str], start: str, received: str) -> None:
    message = refused(*argv)
    assert message.startswith(start)
    assert message.endswith(f"Received: {received}")


@pytest.mark.parametrize(
    ("argv", "meant"),
    [
        (["--image.sise", "3"], "did you mean --image.size?"),
        (["--batch_size", "3"], "did you mean --loader.batch_size?"),
        (["--sede=3"], "did you mean --seed?"),
        (["--over"], "--over is not a field"),  # no abbreviations: what they mean changes with the next field
        (["--zzzzzz", "3"], "--help lists"),
    ],
)
def test_an_unknown_option_is_refused_with_a_suggestion(argv: list[str], meant: str) -> None:
    assert meant in refused(*argv)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("image:\n  sise: 3\n", "image.sise is not a field; did you mean image.size?"),
        ("imag:\n  size: 3\n", "imag is not a field; did you mean image?"),
        ("config: other.yaml\n", "config is not a field"),
        ("3: 4\n", "3 is not a field"),
        ("image: 3\n", "image must be a mapping"),
        ("image: null\n", "image must be a mapping"),
        ("image:\n  size: '150'\n", "image.size must be "),
        ("image:\n  size: [150]\n", "image.size must be "),
        ("loader:\n  batch_size: 0\n", "loader.batch_size must be "),
        ("data:\n  validation: 0.2\n", "data.validation_split"),
        ("- a\n", "must hold a mapping"),
        ("image: [", "must be a readable YAML file; line 1"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "c.yaml").write_text(content)
    assert named in refused("--config", str(tmp_path / "c.yaml"))


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match=r"no\.yaml"):
        parse("--config", str(tmp_path / "no.yaml"))
    assert "is a directory" in refused("--config", str(tmp_path))


def test_options_win_over_files_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("seed: 1\nimage:\n  size: 10\n  resize: pad\n")
    (tmp_path / "b.yaml").write_text("image.size: 20\ntrain: {learning_rate: 1e-5}\n")
    first, second = f"--config={tmp_path / 'a.yaml'}", f"--config={tmp_path / 'b.yaml'}"
    config = parse("--seed", "2", first, second)
    assert (config.seed, config.image, config.train.learning_rate) == (2, ImageConfig(20, "pad"), 1e-5)
    assert parse(second, first).image.size == (10, 10)


def test_a_group_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "image.yaml").write_text("size: 10\n")
    assert parse("--image", str(tmp_path / "image.yaml")).image.size == (10, 10)


@given(st.text(st.characters(exclude_characters="\0"), min_size=1).filter(lambda text: "." not in text))
def test_a_path_arrives_as_it_was_typed(text: str) -> None:
    expected = None if text in ("null", "Null", "NULL", "~") else text
    assert parse(f"--data.train={text}").data.train == expected


def test_a_dumped_configuration_parses_back_equal(tmp_path: Path) -> None:
    config = replace(TrainConfig(), augment=Augment(width_shift_range=2, zoom_range=(0.5, 2)), seed=None)
    (tmp_path / "c.yaml").write_text(cli.dump(config), encoding="utf-8")
    assert parse("--config", str(tmp_path / "c.yaml")) == config


def test_a_field_without_default_must_be_given() -> None:
    @dataclass(frozen=True)
    class Needs:
        """Needs a folder.

        Args:
            folder: Where.
        """

        folder: str

    assert cli.parse(Needs, ["--folder", "x"], prog="x", description="x") == Needs("x")
    with pytest.raises(InputError, match="folder must be given"):
        cli.parse(Needs, [], prog="x", description="x")


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "configs").glob("*.yaml")))
def test_the_shipped_configurations_parse(name: str) -> None:
    config = parse("--config", str(ROOT / "configs" / name))
    wanted = {"mnist.yaml": (28, 28), "mobilenet_v2.yaml": (160, 160)}
    assert config.image.size == wanted.get(name, (150, 150))


def test_cats_dogs_is_the_notebook() -> None:
    config = parse("--config", str(ROOT / "configs" / "cats_dogs.yaml"))
    assert config.augment == Augment(40, 0.2, 0.2, None, 0.2, 0.2, horizontal_flip=True, fill_mode="nearest")
    assert (config.loader.batch_size, config.train.epochs, config.seed) == (100, 100, 15)
    assert (config.train.optimizer, config.train.learning_rate) == ("rmsprop", 1e-3)
    assert (config.model.filters, config.model.dense, config.model.dropout) == ((16, 32, 64), (512, 64), 0)
    assert (config.image.resize, config.image.rescale) == ("stretch", 1 / 255)


@pytest.mark.parametrize("resize", ["pad", "crop"])
def test_its_variants_differ_in_the_resize_alone(resize: Any) -> None:
    stretch = parse("--config", str(ROOT / "configs" / "cats_dogs.yaml"))
    other = parse("--config", str(ROOT / "configs" / f"cats_dogs_{resize}.yaml"))
    assert other == replace(stretch, image=replace(stretch.image, resize=resize))


# ---- the way out


def test_help_names_every_field_and_imports_nothing_heavy() -> None:
    heavy = "{'tensorflow', 'keras', 'numpy', 'pandas', 'matplotlib'}"
    report = f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    body = f"import atexit\natexit.register(lambda: {report})\n"
    done = run(body + PARSE, "--help")
    assert (done.returncode, done.stderr) == (0, "[]\n")
    for field in (
        "--config",
        "--print_config",
        "--image.size",
        "--augment.zoom_range",
        "--seed",
        "degrees",
        "pixels",
    ):
        assert field in done.stdout


def test_print_config_writes_what_parses_back(tmp_path: Path) -> None:
    done = run(PARSE, "--print_config", "--image.size", "64")
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "c.yaml").write_text(done.stdout)
    assert parse("--config", str(tmp_path / "c.yaml")) == TrainConfig(image=ImageConfig(size=64))


def test_success_is_0_and_main_s_own_code_is_kept() -> None:
    done = run(PARSE, "--image.size", "64")
    assert (done.returncode, done.stdout, done.stderr) == (0, "(64, 64)\n", "")
    assert run("return 1").returncode == 1


def test_bad_input_is_one_line_on_stderr_and_2() -> None:
    done = run(PARSE, "--image.size", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: image.size must be ")
    assert done.stderr.endswith("Received: 0\n")
    assert done.stderr.count("\n") == 1


def test_an_error_of_several_lines_is_told_in_one() -> None:
    done = run("from pipeline.errors import InputError\nraise InputError('a\\n  b')")
    assert (done.returncode, done.stderr) == (2, "error: a b\n")


def test_a_bug_keeps_its_traceback() -> None:
    done = run("raise ValueError('a bug')")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_ctrl_c_is_130() -> None:
    done = run("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(60)")
    assert (done.returncode, done.stderr) == (130, "")


def test_a_reader_that_leaves_is_no_traceback() -> None:
    body = "sys.stdin.read()\nprint('x' * 100_000)"
    lines = "\n".join("    " + line for line in body.splitlines())
    head = "import sys\nfrom pipeline.console import arguments as cli\n"
    script = f"{head}def main() -> int:\n{lines}\n    return 0\ncli.run_command(main)\n"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        if process.stdout is None or process.stdin is None or process.stderr is None:
            pytest.fail("no pipes")
        process.stdout.close()  # first the reader leaves, then the command writes
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


WRITE = "from pipeline.console.streams import print_text\nprint_text('x' * 100_000)"


@pytest.mark.parametrize("body", [WRITE, PARSE])
def test_a_disk_without_room_for_the_answer_is_one_line(body: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(body, "--help", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == "error: stdout cannot be written, and the answer goes there: No space left on device\n"


def test_a_closed_stdout_is_said_before_any_work() -> None:
    done = run("raise ValueError('work')", preexec_fn=lambda: os.close(1), stdout=None, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: stdout is closed")
    assert done.stderr.count("\n") == 1


def test_with_a_closed_stderr_stdout_holds_the_answer_alone() -> None:
    body = "from pipeline.runtime.progress import say\nsay('a message')\nprint('the answer')"
    done = run(body, preexec_fn=lambda: os.close(2), stdout=subprocess.PIPE, stderr=None)
    assert (done.returncode, done.stdout) == (0, "the answer\n")


def test_quotes_of_a_word_processor_are_named() -> None:
    assert refused("--data.train", "“photos/train”").startswith("--data.train: a shell takes straight quotes alone")
    assert "a path or a list with spaces is written in quotes" in refused("--data.train", "my", "photos/train")
    assert parse("--data.train", "it’s mine").data.train == "it’s mine"


def test_the_package_itself_lists_its_commands() -> None:
    done = subprocess.run([sys.executable, "-m", "pipeline"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {word.removeprefix("pipeline.") for word in done.stdout.split() if word.startswith("pipeline.")}
    runs = {path.parent.name for path in (ROOT / "pipeline").glob("*/__main__.py")}
    assert listed == runs


def test_messages_that_cannot_be_written_end_nothing() -> None:
    body = "from pipeline.runtime.progress import say\nfor k in range(9): say('m' * 5000)\nprint('the answer')"
    with Path("/dev/full").open("wb") as full:
        done = run(body, stdout=subprocess.PIPE, stderr=full)
    assert (done.returncode, done.stdout) == (0, "the answer\n")
    with Path("/dev/full").open("wb") as full:
        done = run("from pipeline.errors import InputError\nraise InputError('a')", stdout=subprocess.PIPE, stderr=full)
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [("train.lr", "train.learning_rate"), ("loader.bs", "loader.batch_size"), ("lr", "it must be one of those")],
)
def test_short_names_of_a_group_are_understood(written: str, meant: str) -> None:
    assert meant in refused(f"--{written}", "1")
