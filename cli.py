"""The same program as the installed `rsn-edge`, run from a checkout."""

from rsn_edge.cli import main

if __name__ == "__main__":
    main()
