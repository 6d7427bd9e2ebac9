"""`python -m meshgw`."""

from meshgw.cli import main

if __name__ == "__main__":
    main()
