"""Measures how fast, small and safe recording is, beside others on the same stream.

Prints a table: what must hold, what is aimed at, what was measured. The stream comes from
tools/firehose, which sends as fast as a client takes it and numbers its messages; after each run the
history is exported, and every message must be there, once, in order, unchanged.

Ends with 0 when nothing was lost and nothing misses what it must be. Look at ratios: they come from
one run, in turns; rates and times by themselves say more about the machine.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import clients
import programs
from measures import MEASURES, Setting
from programs import Failed
from table import KEYS, Table


def arguments():
    parser = argparse.ArgumentParser(
        prog="script/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the same as --scale 10 --rounds 2")
    parser.add_argument(
        "--scale", type=int, metavar="N",
        help="an Nth of the messages and topics; sizes and times then say less than the table asks",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each comparison [5]")
    parser.add_argument(
        "--only", action="append", choices=KEYS, metavar="LINE",
        help="only this line of the table; may be repeated: " + ", ".join(KEYS),
    )
    parser.add_argument(
        "--cli", type=Path, metavar="FILE", help="measure this wiretree-cli, without building one"
    )
    parser.add_argument(
        "--beside", type=Path, metavar="FILE",
        help="another wiretree-cli in the same turns: before and after a change",
    )
    return parser.parse_args()


def main():
    options = arguments()
    scale = options.scale or (10 if options.quick else 1)
    rounds = options.rounds or (2 if options.quick else 5)
    table = Table()
    base = programs.ROOT / "target"
    base.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=base) as folder:
            folder = Path(folder)
            firehose = programs.build_firehose()
            cli = options.cli or programs.build_cli()
            ours = [clients.Wiretree(cli, folder)]
            if options.beside:
                ours.append(clients.Wiretree(options.beside, folder, "the one beside"))
            setting = Setting(firehose, ours, folder, rounds, scale, options.only or KEYS, table)
            for measure, keys in MEASURES:
                if setting.wants(*keys):
                    measure(setting)
    except Failed as reason:
        table.print()
        sys.exit(f"script/bench: {reason}")
    of_scale = "" if scale == 1 else f" at 1/{scale} of the scale"
    table.note(f"medians of {rounds} rounds{of_scale}; everything that was sent is there, once, in order")
    sys.exit(0 if table.print() else 1)


if __name__ == "__main__":
    main()
