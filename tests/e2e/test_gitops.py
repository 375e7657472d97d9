"""From `kampkin init` to a reviewed deployment, by the workflows, on the real engine: only the edges are not there to wait for."""

from __future__ import annotations

from pathlib import Path

from tests.clouds.cloudflare import TOKEN
from tests.clouds.github import local_github
from tests.e2e.conftest import Team
from tests.e2e.project import IDENTITIES
from tests.gitops.story import Story

ENVIRONMENTS = ("staging", "prod")


def in_the_clone(story: Story, team: Team) -> None:
    """The stacks, made as docs/deploy.md says, and what that wrote, committed."""
    for environment in ENVIRONMENTS:
        folder = story.clone / "stacks" / "cloudflare"
        team.project.run("cloudflare", "stack", "init", environment, "--cwd", str(folder))
        for key, value in IDENTITIES["cloudflare"].items():
            team.project.run("cloudflare", "config", "set", key, value, "--stack", environment, "--cwd", str(folder))
    story.push("settings")


def test_two_pull_requests_go_up(team: Team, tmp_path: Path) -> None:
    """First up by hand; two branches of one endpoint each, both shown with the engine's word, both merged, both accepted; and
    what was pushed past them is refused."""
    with local_github() as github:
        place = tmp_path / "gitops"
        place.mkdir()
        story = Story(place, github)
        project = team.project.environment
        story.runner.variables = {"PULUMI_BACKEND_URL": project["PULUMI_BACKEND_URL"]}
        story.runner.secrets = {"CLOUDFLARE_API_TOKEN": TOKEN}
        kept = ("PULUMI_HOME", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "PULUMI_SKIP_UPDATE_CHECK")
        story.runner.machine = {
            key: project[key] for key in (*kept, "CLOUDFLARE_BASE_URL", "KAMPKIN_TESTS_SCRIPT") if key in project
        }
        story.runner.machine["PATH"] = f"{team.project.folder / 'bin'}:{team.project.pulumi.parent}"
        in_the_clone(story, team)

        assert story.up()["staging"] == "failure"
        assert story.up(unreviewed=True) == {"staging": "success", "prod": "success"}, story.runner.steps

        edits = {
            7: story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s"),
            8: story.edit("    timeout: 3s", "    timeout: 1s"),
        }
        for number, text in edits.items():
            event = story.pull(number, {"kampkin.yaml": text})
            assert story.checked(event) == {"check": "skipped", "review": "success", "preview": "success"}, (
                story.runner.steps
            )
            (prod,) = (body for body in story.comments(number) if body.startswith("<!-- kampkin:diff prod -->"))
            assert "kampkin-worker" in prod
        for number in edits:
            story.merge(number)
        assert story.up() == {"staging": "success", "prod": "success"}, story.runner.steps
        said = story.runner.said("Is what goes up what was reviewed?")
        assert "prod on cloudflare: 2 changes, all reviewed" in said
        assert story.up() == {"staging": "success", "prod": "success"}
        assert "what is merged is live already" in story.runner.said("Is what goes up what was reviewed?")

        (story.clone / "kampkin.yaml").write_text(
            story.edit("cart.acme.dev, timeout: 2s", "cart.acme.dev, timeout: 9s")
        )
        story.push("straight to main")
        assert story.up() == {"staging": "failure", "prod": "skipped"}
        assert "endpoints.cart" in story.runner.said("Is what goes up what was reviewed?")
        assert {call[0] for call in story.runner.calls()} == {"kampkin"}, "the engine was the real one"
