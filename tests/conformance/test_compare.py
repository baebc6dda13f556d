import json
import tempfile
import unittest
from pathlib import Path

import compare


def results(**scenarios):
    """A result folder: scenario -> list of (check, name, status)."""
    folder = tempfile.TemporaryDirectory()
    for scenario, checks in scenarios.items():
        place = Path(folder.name) / f"server-{scenario}-2026-01-02T03-04-05-678Z"
        place.mkdir()
        listed = [{"id": check, "name": name, "status": status} for check, name, status in checks]
        (place / "checks.json").write_text(json.dumps(listed))
    return folder


def entry(**changes):
    usual = {"run": "*", "scenario": "ping", "check": "ping", "from": "SUCCESS", "to": "FAILURE", "reason": "because"}
    return usual | changes


class Compare(unittest.TestCase):
    def compare(self, direct, through, *allowed):
        with results(**direct) as one, results(**through) as other:
            return compare.compare(compare.load(one), compare.load(other), allowed)

    def test_equal_results_are_the_same_whenever_they_ran(self):
        checks = {"ping": [("ping", "Ping", "SUCCESS"), ("wire", "Wire", "FAILURE")]}
        comparison = self.compare(checks, checks)
        self.assertEqual(comparison.same, 2)
        self.assertTrue(comparison.ok)

    def test_a_better_status_differs_as_a_worse_one_does(self):
        worse = self.compare({"ping": [("ping", "Ping", "SUCCESS")]}, {"ping": [("ping", "Ping", "WARNING")]})
        better = self.compare({"ping": [("ping", "Ping", "FAILURE")]}, {"ping": [("ping", "Ping", "SUCCESS")]})
        self.assertEqual([len(worse.unlisted), len(better.unlisted)], [1, 1])

    def test_a_scenario_that_did_not_run_is_absent(self):
        both = {"ping": [("ping", "Ping", "SUCCESS")], "list": [("list", "List", "SUCCESS")]}
        comparison = self.compare(both, {"ping": both["ping"]})
        self.assertEqual([d.through.status for d in comparison.unlisted], [compare.ABSENT])

    def test_information_is_no_outcome_but_falling_to_it_is_a_loss(self):
        comparison = self.compare(
            {"sse": [("event", "Event", "INFO"), ("resume", "Resume", "SUCCESS")]},
            {"sse": [("event", "Event", "INFO")] * 3 + [("resume", "Resume", "INFO")]},
        )
        self.assertEqual([str(d.key) for d in comparison.unlisted], ["resume (Resume)"])

    def test_a_check_made_twice_is_compared_turn_by_turn(self):
        comparison = self.compare(
            {"head": [("reject", "Missing", "SUCCESS"), ("reject", "Missing", "SUCCESS")]},
            {"head": [("reject", "Missing", "SUCCESS"), ("reject", "Missing", "FAILURE")]},
        )
        self.assertEqual([str(d.key) for d in comparison.unlisted], ["reject (Missing) #2"])

    def test_an_allowed_difference_is_told_and_passes(self):
        comparison = self.compare(
            {"ping": [("ping", "Ping", "SUCCESS")]}, {"ping": [("ping", "Ping", "FAILURE")]}, entry()
        )
        self.assertTrue(comparison.ok)
        self.assertIn("allowed", compare.report(comparison)[0])

    def test_an_entry_allows_only_the_change_it_names(self):
        comparison = self.compare(
            {"ping": [("ping", "Ping", "SUCCESS")]}, {"ping": [("ping", "Ping", "WARNING")]}, entry()
        )
        self.assertEqual([len(comparison.unlisted), len(comparison.unused)], [1, 1])

    def test_an_entry_that_nothing_needs_fails_unless_it_depends_on_time(self):
        same = {"ping": [("ping", "Ping", "SUCCESS")]}
        self.assertFalse(self.compare(same, same, entry()).ok)
        self.assertTrue(self.compare(same, same, entry(sometimes=True)).ok)

    def test_patterns_cover_a_family_of_checks(self):
        comparison = self.compare(
            {"head": [("head-a", "A", "SUCCESS"), ("head-b", "B", "SUCCESS")]},
            {"head": [("head-a", "A", "FAILURE"), ("head-b", "B", "FAILURE")]},
            entry(scenario="head", check="head-*"),
        )
        self.assertEqual(len(comparison.allowed), 2)
        self.assertTrue(comparison.ok)


class Loading(unittest.TestCase):
    def test_an_empty_folder_is_no_result(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(ValueError):
            compare.load(folder)

    def test_nested_scenarios_keep_their_path(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "auth" / "basic-2026-01-02T03-04-05-678Z"
            place.mkdir(parents=True)
            (place / "checks.json").write_text('[{"id": "a", "name": "A", "status": "SUCCESS"}]')
            self.assertEqual([key.scenario for key in compare.load(folder)], ["auth/basic"])

    def test_entries_are_those_of_the_run_and_complete(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "allowed.json"
            file.write_text(json.dumps([entry(run="stdio*"), entry(run="http*")]))
            self.assertEqual([e["run"] for e in compare.load_allowed(file, "stdio 0.1.16")], ["stdio*"])
            for wrong in (entry(reason=""), entry(because="typo"), {"run": "*"}):
                file.write_text(json.dumps([wrong]))
                with self.assertRaises(ValueError):
                    compare.load_allowed(file, "http")

    def test_the_list_of_this_project_is_well_formed(self):
        compare.load_allowed(Path(__file__).with_name("allowed.json"), "")


if __name__ == "__main__":
    unittest.main()
