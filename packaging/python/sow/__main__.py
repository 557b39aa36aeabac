"""python -m sow ...: the program, in place of Python."""
import os
import sys

import sow

os.execv(sow.program(), ["sow", *sys.argv[1:]])
