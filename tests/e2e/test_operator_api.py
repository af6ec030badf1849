"""docs/operator-api.json against the server, both ways, and wrong requests to every route."""

import json
import pathlib

import jsonschema
import pytest

from harness import wire

DOCUMENT = json.loads((pathlib.Path(__file__).parents[2] / "docs/operator-api.json").read_text())
ROUTES = sorted((method.upper(), path) for path, item in DOCUMENT["paths"].items()
                for method in item)
PARAMETERS = {"{zone}": "us-east-1f", "{what}": "node"}
BODIES = {
    "/_understudy/clock/advance": {"by": "1ms"},
    "/_understudy/fail/{what}": {"name": "api-002"},
    "/_understudy/lag": {"node": "api-003", "for": "1ms"},
    "/_understudy/fail-step": {"workflow": "failover", "step": "announce"},
}


@pytest.fixture(scope="module")
def serving(everyones):
    everyones.create("api", nodes=3)
    return everyones


def send(server, method, path, body=None):
    for name, value in PARAMETERS.items():
        path = path.replace(name, value)
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    return wire.send(server.host, server.port, method, path, text)


def described(method, path, answer):
    """The answer is as the document says."""
    [(kind, content)] = DOCUMENT["paths"][path][method.lower()]["responses"][
        str(answer.status)]["content"].items()
    assert answer.headers["content-type"].split(";")[0] == kind
    if kind == "application/json":
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json)
    return answer


def test_the_document_has_every_route_and_no_other(serving):
    listed = send(serving, "GET", "/_understudy").json["routes"]
    assert sorted((route["method"], route["path"]) for route in listed) == ROUTES


@pytest.mark.parametrize("method, path", ROUTES)
def test_a_route_answers_as_described(serving, method, path):
    answer = send(serving, method, path, BODIES.get(path, {}) if method == "POST" else None)
    assert answer.status == 200, answer.text
    described(method, path, answer)
    if method == "POST":
        send(serving, "POST", "/_understudy/heal")
        serving.group("api", account="test").settled()


@pytest.mark.parametrize("method, path", ROUTES)
def test_another_method_is_refused(serving, method, path):
    answer = send(serving, "DELETE", path)
    assert answer.status == 405
    assert answer.headers["allow"] == ("GET, HEAD" if method == "GET" else "POST")
    assert set(answer.json) == {"error"}
    if method == "GET":
        assert send(serving, "HEAD", path).status == 200


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
@pytest.mark.parametrize("body", ["{", "[]", "3", '"x"', '{"a": 1, "a": 2}',
                                  '{"surely-unknown": 1}', "\0", "x=1"])
def test_a_bad_body_is_refused_in_one_sentence(serving, path, body):
    answer = send(serving, "POST", path, body)
    assert answer.status == 400, answer.text
    assert set(answer.json) == {"error"} and answer.json["error"].endswith(".")


@pytest.mark.parametrize("path, body, status", [
    ("/_understudy/fail/{what}", {}, 400),
    ("/_understudy/fail/{what}", {"name": 7}, 400),
    ("/_understudy/fail/{what}", {"name": "nobody-001"}, 404),
    ("/_understudy/fail/{what}", {"name": "api-001", "how": "gently"}, 400),
    ("/_understudy/fail/{what}", {"name": "api-001", "hold": -1}, 400),
    ("/_understudy/fail/{what}", {"name": "api-001", "hold": 1.5}, 400),
    ("/_understudy/fail/{what}", {"name": "api-001", "hold": "9999999d"}, 400),
    ("/_understudy/lag", {"node": "api-001"}, 409),
    ("/_understudy/lag", {"node": "api-009"}, 404),
    ("/_understudy/lag", {"node": "api-002", "for": "51s"}, 400),
    ("/_understudy/fail-step", {"workflow": "failover"}, 400),
    ("/_understudy/fail-step", {"workflow": "failover", "step": "dance"}, 404),
    ("/_understudy/clock/advance", {"by": "0s"}, 400),
    ("/_understudy/zones/{zone}/down", {"how": "loudly"}, 400),
    ("/_understudy/zones/{zone}/down", {"hold": "1s"}, 400),
])
def test_what_cannot_be_done_is_said(serving, path, body, status):
    answer = described("POST", path, send(serving, "POST", path, body))
    assert answer.status == status, answer.text


def test_paths_that_there_are_not(serving):
    for path in ("/_understudy/nothing", "/_understudy/", "/_understudy/zones//down",
                 "/_understudy/zones/us-east-1a/down/", "/_understudy/fail/moon/x"):
        answer = send(serving, "POST", path, {})
        assert answer.status == 404 and set(answer.json) == {"error"}, path
    assert send(serving, "POST", "/_understudy/fail/moon", {}).status == 404
    assert send(serving, "POST", "/_understudy/zones/mars-1a/up", {}).status == 404
    assert send(serving, "GET", "/_understudy/events?after=x").status == 400


def test_a_page_of_the_web_cannot_command_us(serving):
    answer = wire.send(serving.host, serving.port, "POST", "/_understudy/heal", "{}",
                       {"Host": "evil.example"})
    assert answer.status == 421 and set(answer.json) == {"error"}


def test_a_body_that_is_too_long(serving):
    answer = send(serving, "POST", "/_understudy/heal", "x" * (1024 * 1024 + 1))
    assert answer.status == 413 and set(answer.json) == {"error"}
