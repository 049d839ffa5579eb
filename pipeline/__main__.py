"""`python -m pipeline`: which commands there are."""

from pipeline.console.arguments import run_command
from pipeline.console.streams import print_text

COMMANDS = {
    "inspect": "look at a folder of photos: what is broken, odd or twice, and what the model will see",
    "train": "photos in, trained classifier out; without a folder, on drawn cats and dogs",
    "evaluate": "how good a trained model is, and on which photos it is wrong",
    "predict": "what is in new photos",
    "compare": "several trained runs side by side",
    "export": "a trained model as files that run without this package",
    "prepare": "fill or clear the disk cache before training",
    "profile": "where the time of a training goes, and what to change",
    "migrate": "move a script or notebook away from Keras' ImageDataGenerator",
}


def main() -> int:
    """Print the list; the result is the exit code."""
    width = max(map(len, COMMANDS))
    lines = (f"  python -m pipeline.{name:<{width}}  {what}" for name, what in COMMANDS.items())
    print_text("\n".join(["Commands, each with --help:", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    run_command(main)
