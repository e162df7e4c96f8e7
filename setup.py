"""What `pyproject.toml` cannot say of a build: a wheel carries the flow files too, beside the code that reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class WithFlows(build_py):
    """The usual build, and `flows/` as `stand/flowfile/bundled/`, where an installed stand looks for it."""

    def run(self) -> None:
        """Copy the code, then the flow files; an editable install has them where they are."""
        super().run()
        if not self.editable_mode:
            bundled = Path(self.build_lib, "stand", "flowfile", "bundled")
            shutil.rmtree(bundled, ignore_errors=True)
            shutil.copytree(ROOT / "flows", bundled)


setup(cmdclass={"build_py": WithFlows})
