"""Pages: login by key, forged forms, escaped content, the list, a job's card, buttons, the API's page."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from models.database import writing
from models.tenants import list_keys, revoke_key
from tests.flow.conftest import Mill
from tests.harness.web import Web, ended, make_failed

HTML = {"accept": "text/html"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


def logged_in(web: Web, role: str = "operator", tenant: str = "acme") -> httpx.Client:
    browser = web.client(**HTML)
    answer = browser.post("/login", data={"key": web.key(role, tenant), "next": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


def a_job(web: Web, tenant: str = "acme", **fields: object) -> str:
    body = {"title": "A kettle", "text": "It boils in a second, its maker says.", "delay_s": 60} | fields
    return str(web.as_role(tenant=tenant).post("/v1/stories", json=body).json()["job"]["id"])


def token(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("path", ["/", f"/jobs/{'a' * 26}"])
def test_without_a_session_every_page_leads_to_the_login_and_back(web: Web, path: str) -> None:
    answer = web.client(**HTML).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_can_use(web: Web) -> None:
    key = web.key()
    cookie = web.client().post("/login", data={"key": key}).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert key not in cookie


def test_behind_tls_the_cookie_is_for_tls_only(web: Web) -> None:
    proxied = web.client(**{"x-forwarded-proto": "https"})
    assert "Secure" in proxied.post("/login", data={"key": web.key()}).headers["set-cookie"]


@pytest.mark.parametrize(
    "key", ["", "gm_wrongwrongwrongwrongwrong", "\x00", "' OR 1=1 --", "gm_" + "x" * 5000]
)
def test_a_wrong_key_opens_nothing(web: Web, key: str) -> None:
    answer = web.client().post("/login", data={"key": key})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "not known here" in answer.text


def test_a_login_leads_to_no_other_site(web: Web) -> None:
    for elsewhere in ("//evil.test", "https://evil.test/", "/\\evil.test"):
        answer = web.client().post("/login", data={"key": web.key(), "next": elsewhere})
        assert answer.headers["location"] == "/"


def test_a_cookie_that_was_changed_or_whose_key_was_revoked_is_no_session(web: Web) -> None:
    browser = logged_in(web)
    name, value = next(iter(browser.cookies.items()))
    key_id, expires, *rest = value.split(".")
    for forged in (
        f"{key_id}.{int(expires) + 9}.{'.'.join(rest)}",
        value[:-1] + "0",
        value + "0",
        "x",
        "." * 3,
    ):
        if forged != value:
            assert web.client(cookie=f"{name}={forged}").get("/").status_code == 303
    assert browser.get("/").status_code == 200
    with writing() as connection:
        revoke_key(connection, web.tenant(), str(list_keys(connection, web.tenant())[0]["id"]))
    assert browser.get("/").status_code == 303


def test_logging_out_ends_the_session_in_this_browser(web: Web) -> None:
    browser = logged_in(web)
    browser.post("/logout")
    assert browser.get("/").status_code == 303


def test_content_is_shown_and_never_run(web: Web) -> None:
    job = a_job(web, title=EVIL, text=f"Plain. {EVIL}", sector_tag="<b>", url="https://x.test/?a=<b>&c='\"")
    browser = logged_in(web)
    for page in (browser.get("/").text, browser.get(f"/jobs/{job}").text):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert EVIL[:20] in unescape(page)


def test_the_list_shows_ones_own_jobs_and_filters_by_state(web: Web) -> None:
    ours, theirs = a_job(web), a_job(web, "bolt")
    browser = logged_in(web)
    assert ours in browser.get("/").text
    assert ours in browser.get("/?state=scheduled").text
    assert ours not in browser.get("/?state=failed").text
    assert theirs not in browser.get("/").text
    assert browser.get(f"/jobs/{theirs}").status_code == 404
    assert "<!doctype html>" in browser.get(f"/jobs/{theirs}").text
    assert browser.get("/?state=%00&cursor=%00").status_code == 200


def test_a_long_list_goes_on_on_another_page(web: Web) -> None:
    jobs = [a_job(web, text=f"Story number {number}.") for number in range(52)]
    browser = logged_in(web)
    older = re.search(r'rel="next" href="([^"]+)"', browser.get("/").text)
    assert older
    rest = browser.get(unescape(older[1])).text
    assert [job in rest for job in jobs[:3]] == [True, True, False]


def test_a_waiting_job_shows_its_local_scores_and_its_button_cancels_it(web: Web) -> None:
    job, browser = a_job(web), logged_in(web)
    page = browser.get(f"/jobs/{job}").text
    assert "Local scores" in page
    assert "Hype score" in page
    answer = browser.post(f"/jobs/{job}/cancel", data={"csrf": token(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job}")
    assert "cancelled" in browser.get(f"/jobs/{job}").text


def test_a_failed_job_shows_what_to_do_and_its_button_retries_it(web: Web) -> None:
    job, browser = a_job(web), logged_in(web)
    make_failed(job)
    page = browser.get(f"/jobs/{job}").text
    assert "rate_limit" in page
    assert "What to do" in page
    assert browser.post(f"/jobs/{job}/retry", data={"csrf": token(page)}).status_code == 303
    assert web.as_role().get(f"/v1/jobs/{job}").json()["state"] == "waiting"


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(web: Web) -> None:
    job, browser = a_job(web), logged_in(web)
    good = {"csrf": token(browser.get(f"/jobs/{job}").text)}
    other = {"csrf": token(logged_in(web).get(f"/jobs/{job}").text)}
    address = f"/jobs/{job}/cancel"
    refused = [
        browser.post(address),
        browser.post(address, data={"csrf": ""}),
        browser.post(address, data={"csrf": "ü"}),
        browser.post(address, data=other),
        browser.post(address, data=good, headers={"origin": "https://evil.test"}),
        browser.post(address, data=good, headers={"origin": "null"}),
        browser.post(address, data=good, headers={"sec-fetch-site": "cross-site"}),
        browser.post("/login", data={"key": web.key()}, headers={"origin": "https://evil.test"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert web.as_role().get(f"/v1/jobs/{job}").json()["state"] == "scheduled"


def test_a_viewer_sees_no_buttons_and_could_not_use_them(web: Web) -> None:
    job, browser = a_job(web), logged_in(web, "viewer")
    page = browser.get(f"/jobs/{job}").text
    assert "csrf" not in page
    assert browser.post(f"/jobs/{job}/cancel").status_code == 403


def test_a_session_is_no_key_for_the_api(web: Web) -> None:
    assert logged_in(web).get("/v1/jobs").status_code == 401


@pytest.mark.parametrize("path", ["/login", "/docs", "/", "job"])
def test_no_page_loads_anything_from_elsewhere(web: Web, path: str) -> None:
    browser = logged_in(web)
    page = browser.get(f"/jobs/{a_job(web)}" if path == "job" else path)
    assert page.status_code == 200
    loaded = re.findall(r'<(?:link|script|img|iframe)[^>]*(?:src|href)="([^"]*)"', page.text)
    assert loaded
    assert all(address.startswith(("/static/", "data:,")) for address in loaded)
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page.text)


def test_the_apis_page_names_every_call_and_every_error(web: Web) -> None:
    page = web.client().get("/docs").text
    for path in web.client().get("/openapi.json").json()["paths"]:
        assert path in page
    assert 'id="error-not_found"' in page


@pytest.mark.live
def test_the_page_of_a_completed_job_says_who_made_its_answer(mill: Mill) -> None:
    web = Web(mill.web.port)
    client = web.as_role()
    body = {"analysis": "text.sentiment", "content": {"text": "A wonderful kettle; I love it."}}
    job = client.post("/v1/jobs", json=body).json()["id"]
    assert ended(client, job)["state"] == "completed"
    page = logged_in(web).get(f"/jobs/{job}").text
    assert "Made by local, model local, prompt version" in page
    assert "A wonderful kettle" in page
    assert "data-every-ms" not in page  # it has ended: nothing left to refresh
