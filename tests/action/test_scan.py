"""The scan step, the gate, and the whole way from one to the other."""

import unittest

from runner import RESULTS, Runner

LINUX = "x86_64-unknown-linux-musl"
COUNTS = {"findings": "7", "new-findings": "2", "reason": "2 new findings of severity high or worse"}


def errors(log):
    return [line for line in log.splitlines() if line.startswith("::error")]


class Case(unittest.TestCase):
    def runner(self, *arguments, **how):
        runner = Runner(*arguments, **how)
        self.addCleanup(runner.close)
        runner.releases(runner.release("1.2.3", LINUX))
        return runner


class Scan(Case):
    def scan(self, runner, inputs=None, job=None):
        installed = runner.step("install")
        return runner.step("scan", inputs, {"install": {"outputs": installed.outputs}}, job)

    def test_every_input_reaches_its_option(self):
        for entry in ("action.yml", "scan/action.yml"):
            runner = self.runner(entry)
            (runner.workspace / "sub" / "dir").mkdir(parents=True)
            values = {
                "paths": "a\nb c", "config": "-c.yaml", "persona": "auditor", "fail-on": "low", "min-severity": "info",
                "new-only": "true", "base-ref": "--help", "baseline": "known.json", "allow-incomplete": "true",
                "category": "/x", "comment": "always", "comment-id": "a.b_c-1", "comment-author": "my-app[bot]", "suggestions": "true",
                "annotations": "false", "summary": "false", "allow-pull-request-target": "true",
            }
            elsewhere = {"version", "token", "upload-sarif", "working-directory"}
            self.assertEqual(set(values) | elsewhere, set(runner.entry["inputs"]) | {"upload-sarif"})
            done = self.scan(runner, {**values, "working-directory": "sub/dir"})
            self.assertEqual(done.code, 0, done.log)
            files = {"sarif-file": "sarif", "json-file": "json"}
            expected = [f"--{name}={value}" for name, value in values.items()]
            expected += [f"--{name}={runner.temp}/mcp-guard/a.b_c-1.{end}" for name, end in files.items()]
            asked = runner.asked()
            self.assertEqual(asked[:3], ["ci", "github", "--no-gate"])
            self.assertEqual(sorted(asked[3:]), sorted(expected))
            self.assertEqual((runner.stub / "directory").read_text().strip(), str(runner.workspace / "sub" / "dir"))

    def test_what_nobody_set_is_left_to_the_program(self):
        runner = self.runner()
        self.scan(runner)
        for name in ("config", "persona", "fail-on", "min-severity", "base-ref", "baseline", "comment-author"):
            self.assertFalse([a for a in runner.asked() if a.startswith(f"--{name}")], name)

    def test_only_declared_outputs_and_one_for_the_upload(self):
        runner = self.runner()
        runner.answer({name: "x" for name in RESULTS})
        done = self.scan(runner)
        self.assertEqual(set(done.outputs), set(RESULTS) | {"upload"})
        declared = {o["value"].split("outputs.")[1].rstrip(" }") for o in runner.entry["outputs"].values()}
        self.assertEqual(declared, set(RESULTS) | {"sarif-uploaded"})

    def test_upload_only_if_wanted_and_there(self):
        for setting, sarif, upload in (("auto", True, "true"), ("true", True, "true"), ("false", True, "false"),
                                       ("auto", False, "false"), ("true", False, "false")):
            with self.subTest(setting=setting, sarif=sarif):
                runner = self.runner()
                if not sarif:
                    (runner.stub / "no-sarif").touch()
                self.assertEqual(self.scan(runner, {"upload-sarif": setting}).outputs["upload"], upload)
        self.assertEqual(self.scan(self.runner("scan/action.yml")).outputs["upload"], "false")

    def test_an_old_report_is_not_taken_for_a_new_one(self):
        runner = self.runner()
        self.scan(runner)
        (runner.stub / "no-sarif").touch()
        self.assertEqual(self.scan(runner).outputs["upload"], "false")

    def test_the_token_is_the_scans_alone(self):
        runner = self.runner()
        installed = runner.step("install")
        self.assertNotIn("ghs_", installed.log)
        self.scan(runner)
        self.assertIn("GITHUB_TOKEN=ghs_thetokenofthejob\n", runner.seen())
        self.assertFalse([a for a in runner.asked() if "ghs_" in a])
        self.scan(runner, {"token": ""}, {"GITHUB_TOKEN": "another"})
        self.assertNotIn("GITHUB_TOKEN", runner.seen())

    def test_a_program_that_stops_fails_the_step(self):
        runner = self.runner()
        runner.answer({}, code=2)
        done = self.scan(runner)
        self.assertEqual(done.code, 1)
        self.assertEqual(done.outputs, {})
        # The program said why, with an annotation.
        self.assertEqual(errors(done.log), [])
        self.assertIn("its output above says why", done.log)
        runner.answer({}, code=101)
        self.assertIn("exit code 101", errors(self.scan(runner).log)[0])

    def test_hostile_inputs(self):
        for inputs in ({"comment-id": "../../x"}, {"comment-id": "a\nresult=pass"}, {"comment-id": "x" * 65},
                       {"comment-id": "$(touch ran)"}, {"working-directory": "no/where"}, {"working-directory": "a\nb"}):
            with self.subTest(inputs=inputs):
                runner = self.runner()
                done = self.scan(runner, inputs)
                self.assertEqual((done.code, done.outputs, runner.asked()), (1, {}, None))
                self.assertEqual(len(errors(done.log)), 1, done.log)
        runner = self.runner()
        done = self.scan(runner, {"paths": "$(touch ran)\n`touch ran`; touch ran", "base-ref": "x\nresult=pass"})
        self.assertEqual(done.code, 0, done.log)
        self.assertEqual(list(runner.workspace.iterdir()), [])
        self.assertEqual(done.outputs, {"result": "pass", "findings": "0", "new-findings": "0", "upload": "true"})


class Gate(Case):
    def gate(self, result, upload="success", setting="auto", scan="success", install="success", counts=COUNTS, **inputs):
        runner = self.runner()
        steps = {
            "install": {"outcome": install},
            "scan": {"outcome": scan, "outputs": {**counts, **({} if result is None else {"result": result})}},
            "upload": {"outcome": upload},
        }
        return runner.step("gate", {"upload-sarif": setting, **inputs}, steps)

    def test_results(self):
        for result, red, word in (("pass", False, "Green"), ("fail", True, "Red: 2 new findings of severity high or worse."),
                                  ("error", True, "Red: 2 new"), (None, True, "no result"),
                                  ("", True, "no result"), ("passed", True, "no result"), ("pass\n", True, "no result")):
            with self.subTest(result=result):
                done = self.gate(result)
                self.assertEqual(done.code, int(red), done.log)
                self.assertIn(word, done.log)
                self.assertEqual(len(errors(done.log)), int(red))
                self.assertEqual(done.outputs, {"sarif-uploaded": "true"})

    def test_says_why(self):
        self.assertIn("Green: no finding.\n", self.gate("pass", counts={"reason": "no finding"}).log)
        for result in ("pass", "fail"):
            self.assertIn("the step Scan and report says why.", self.gate(result, counts={}).log)
            done = self.gate(result, counts={"reason": "1\n::stop-commands::x"})
            self.assertNotIn("\n::stop", done.log)

    def test_steps_that_did_not_succeed(self):
        for name in ("install", "scan"):
            for outcome in ("failure", "cancelled", "skipped", ""):
                done = self.gate("pass", **{name: outcome})
                self.assertEqual(done.code, 1, (name, outcome))
                self.assertRegex(done.log, "^Red because .* says why\\.\n$")
                self.assertEqual(errors(done.log), [], "the step that failed has one")

    def test_uploads_that_failed(self):
        for outcome in ("failure", "skipped", "cancelled"):
            done = self.gate("pass", upload=outcome)
            self.assertEqual((done.code, done.outputs), (0, {"sarif-uploaded": "false"}), done.log)
            self.assertIn("::notice", done.log)
            done = self.gate("pass", upload=outcome, setting="true")
            self.assertEqual((done.code, done.outputs), (1, {"sarif-uploaded": "false"}), done.log)
            self.assertIn("upload-sarif is true", errors(done.log)[0])
            # One line, and findings come first.
            done = self.gate("fail", upload=outcome, setting="true")
            self.assertEqual(len(errors(done.log)), 1)
            self.assertIn("2 new findings", errors(done.log)[0])
        done = self.gate("pass", upload="skipped", setting="false")
        self.assertEqual((done.code, done.outputs), (0, {"sarif-uploaded": "false"}))
        self.assertNotIn("::notice", done.log)

    def test_wrong_settings(self):
        for setting in ("True", "never", "auto\n", "x\n::warning::y"):
            done = self.gate("pass", setting=setting)
            self.assertEqual(done.code, 1, setting)
            self.assertNotIn("\n::warning", done.log)


class WholeAction(Case):
    def test_green_and_red(self):
        for entry in ("action.yml", "scan/action.yml"):
            for result in ("pass", "fail", "error"):
                runner = self.runner(entry)
                runner.answer({"result": result, **COUNTS})
                steps = runner.run()
                self.assertEqual(steps["red"], result != "pass")
                self.assertEqual(steps["scan"]["outcome"], "success", "findings must not fail the scan step")

    def test_a_fork_has_no_code_scanning_and_stays_green(self):
        steps = self.runner().run(upload="failure")
        self.assertFalse(steps["red"])
        self.assertEqual(steps["gate"]["outputs"], {"sarif-uploaded": "false"})

    def test_a_failed_installation_is_red_and_runs_nothing(self):
        runner = self.runner()
        steps = runner.run({"version": "9.9.9"})
        self.assertTrue(steps["red"])
        self.assertIn("was not installed", steps["gate"]["log"])
        self.assertIsNone(runner.asked())

    def test_two_in_one_job_do_not_mix(self):
        runner = self.runner()
        runner.run({"fail-on": "low", "comment-id": "one"})
        runner.run({"comment-id": "two"})
        self.assertFalse([a for a in runner.asked() if "fail-on" in a or "one" in a.split("/")[-1].split(".")])
