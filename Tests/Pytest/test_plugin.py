"""The pytest plugin with the real contend: what passes gives verdicts, what breaks fails with its story. Run by scripts/dist-check."""

import os

# In the repository, and where dist-check copies both.
PLACES = [os.path.abspath(f"{os.path.dirname(__file__)}/{up}/scenarios/deactivate-vs-rename.yaml") for up in ("../..", "..")]
SCENARIO = next(path for path in PLACES if os.path.exists(path))
pytest_plugins = ["pytester"]


def ended(pytester, body, **options):
    pytester.makepyfile(f"def test_it(contend):\n    {body}")
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", **options)


def test_a_fix_passes_and_gives_the_verdict(contend):
    verdicts = contend.run(SCENARIO, "--rounds", "20", guard="compare-and-swap")
    assert [verdict["verdict"] for verdict in verdicts] == ["pass"]
    assert verdicts[0]["tally"]["rounds"] == 20


def test_a_race_fails_with_its_story(pytester):
    result = ended(pytester, f'contend.run("{SCENARIO}", guard="check-then-act")')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["contend ended with 1", "*VIOLATION", "*FINDING 1  lost-update*", "*acknowledged deactivate was undone*"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_a_run_that_proves_nothing_is_no_pass(pytester):
    result = ended(pytester, f'contend.run("{SCENARIO}", "--clients", "1", "--rounds", "1", guard="compare-and-swap")')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["contend ended with 2"])


def test_a_scenario_is_sought_beside_the_test_and_its_absence_told(pytester):
    result = ended(pytester, 'contend.run("absent.yaml")')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{pytester.path}/absent.yaml*"])


def test_a_folder_of_ones_own_keeps_the_runs(pytester):
    pytester.makeini("[pytest]\ncontend_out = kept")
    result = ended(pytester, f'contend.run("{SCENARIO}", "--rounds", "20", guard="compare-and-swap")')
    result.assert_outcomes(passed=1)
    assert list(pytester.path.glob("kept/*test_it/deactivate-vs-rename/*/report.html"))
