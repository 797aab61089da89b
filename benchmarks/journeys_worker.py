"""A worker of one pump for `journeys`: says that it is ready, waits, works until nothing is due."""

import sys

import django


def main() -> None:
    """Run the pump named on the command line."""
    django.setup()
    from shopbell.events.pump import PUMPS

    pump = PUMPS[sys.argv[1]]
    pump.run()  # imports and connections are no part of the measure
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    while pump.run():
        pass


if __name__ == "__main__":
    main()
