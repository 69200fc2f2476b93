"""Tools over HTTP, and every analysis as the API tells of it, without workers."""

from __future__ import annotations

from analyses import all_analyses
from models.database import reading
from models.lookups import JobFilter
from models.overview import search_jobs
from models.reports import titled_jobs
from tests.harness.web import Web, problem_of

TOOL = {"toolId": "loom-1", "url": "loom.example", "description": "Loom: weaves tables together, fast."}


def test_a_tool_is_taken_by_its_own_id_and_gets_a_job_at_its_location(web: Web) -> None:
    client = web.as_role()
    taken = client.post("/v1/analyze", json=TOOL | {"priority": "high", "delay_s": 3600})
    assert taken.status_code == 202
    job = client.get(taken.headers["location"]).json()
    assert (job["analysis"], job["state"], job["priority"]) == ("tool.analyze", "scheduled", "high")
    assert job["external_id"] == "loom-1"


def test_the_same_tool_again_gives_its_job_unless_told_otherwise(web: Web) -> None:
    client = web.as_role()
    first, again = client.post("/v1/analyze", json=TOOL), client.post("/v1/analyze", json=TOOL)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    more = client.post("/v1/analyze", json=TOOL | {"deduplicate": False})
    assert more.json()["id"] != first.json()["id"]


def test_a_tool_without_a_description_is_refused_with_the_field(web: Web) -> None:
    told = problem_of(web.as_role().post("/v1/analyze", json={"toolId": 7}))
    assert (told["status"], "description" in str(told)) == (422, True)
    blank = problem_of(web.as_role().post("/v1/analyze", json={"description": " "}))
    assert "The tool cannot be taken: description is empty" in str(blank)


def test_a_viewer_may_not_submit_a_tool(web: Web) -> None:
    assert web.as_role("viewer").post("/v1/analyze", json=TOOL).status_code == 403


def test_the_api_tells_of_every_analysis_what_it_takes_and_answers(web: Web) -> None:
    told = {one["name"]: one for one in web.as_role("viewer").get("/v1/analyses").json()["items"]}
    assert list(told) == [one.name for one in all_analyses()]
    assert told["email.blockers"]["queue"] == "emails"
    assert {"text", "rating", "tone"} <= told["review.reply"]["content_schema"]["properties"].keys()
    assert "points_addressed" in told["review.reply"]["answer_schema"]["properties"]


def test_what_a_job_is_about_is_told_and_searched_whatever_its_contents_kind_calls_it(web: Web) -> None:
    client = web.as_role()
    mail = {"from": "Pia", "subject": "The lease", "text": "We wait for the bank."}
    client.post("/v1/jobs", json={"analysis": "email.blockers", "content": mail})
    client.post("/v1/analyze", json=TOOL | {"name": "Loom"})
    client.post("/v1/jobs", json={"analysis": "text.sentiment", "content": {"text": "Only words."}})
    with reading() as connection:
        titles = [row.title for row in titled_jobs(connection, web.tenant(), JobFilter(), limit=9)]
        found = {
            words: len(search_jobs(connection, web.tenant(), words)) for words in ("LEASE", "weaves", "loom")
        }
    assert titles == ["Only words.", "Loom", "The lease"]
    assert found == {"LEASE": 1, "weaves": 1, "loom": 1}
