"""Run the command line with `python -m feeds`."""

from feeds.commands.main import main

main(prog_name="feeds")
