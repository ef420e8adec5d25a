"""`patchbay-server`: sets up, serves and examines."""

import sys

from server.commands.line import main

if __name__ == "__main__":
    sys.exit(main())
