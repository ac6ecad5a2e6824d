"""The fixture `contend` of pytest: `contend.run("quota.yaml")` fails with the story of what broke."""

import json
import os
import re
import shutil
import subprocess
import sysconfig

import pytest


def pytest_addoption(parser):
    parser.addini("contend_out", "folder for the runs of each test; pytest's temporary folder where absent", default="")


@pytest.fixture
def contend(request, tmp_path):
    """Runs scenarios; paths are relative to the folder of the test."""
    kept = request.config.getini("contend_out")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", request.node.nodeid)
    out = os.path.join(str(request.config.rootpath), kept, name) if kept else str(tmp_path / "contend")
    return Contend(os.path.dirname(str(request.node.path)), out)


class Contend:
    def __init__(self, folder, out):
        self.folder, self.out = folder, out

    def run(self, scenario, *arguments, **parameters):
        """`contend run`; keyword arguments are parameters of the scenario. The verdicts, one for each run."""
        return self._judge("run", scenario, arguments, parameters)

    def explore(self, scenario, *arguments, **parameters):
        """`contend explore`, in the same way."""
        return self._judge("explore", scenario, arguments, parameters)

    def _judge(self, verb, scenario, arguments, parameters):
        __tracebackhide__ = True
        command = [_program(), verb, os.path.join(self.folder, os.fspath(scenario)), "--out", self.out, "--report", "html,json", "--quiet"]
        for name, value in parameters.items():
            command += ["--set", f"{name.replace('_', '-')}={_text(value)}"]
        document = os.path.join(self.out, "report.json")
        if os.path.exists(document):
            os.remove(document)
        ended = subprocess.run(
            [*command, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if ended.returncode != 0:
            told = ended.stdout.strip() or "contend printed no result."
            pytest.fail(f"contend ended with {ended.returncode}\n\n{told}\n\n{ended.stderr.strip()}", pytrace=False)
        with open(document) as file:
            return json.load(file)["runs"]


def _text(value):
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _program():
    """The one of this environment, or else of PATH."""
    beside = os.path.join(sysconfig.get_path("scripts"), "contend")
    found = beside if os.access(beside, os.X_OK) else shutil.which("contend")
    if not found:
        pytest.fail("contend is not installed: pip install contend-cli", pytrace=False)
    return found
