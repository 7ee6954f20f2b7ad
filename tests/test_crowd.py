"""Many at once, in short; the long form is ``make test-db``."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.worker


def test_learners_and_trainers_at_once_lose_nothing_and_have_one_grade_each():
    done = subprocess.run([sys.executable, "-m", "tools.crowd", "--learners", "12", "--trainers", "3"],
                          capture_output=True, text=True, check=False)
    assert "no error, no lost round, one grade each" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
