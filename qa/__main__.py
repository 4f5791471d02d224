"""`python -m qa` is the command line."""

from qa.command_line import main

main()
