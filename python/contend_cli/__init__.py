"""contend as a Python package: the programs are installed beside `python`; `pytest_plugin` is for tests."""
