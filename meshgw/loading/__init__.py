"""Where files meet: finding them, telling what each one is, and having each decoded."""
