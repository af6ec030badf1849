"""Bytes that clients send: formats, and what is no request at all."""

import json
import pathlib
import re
import socket
import uuid

import botocore.session
import pytest

from harness import wire

OURS = set(json.loads((pathlib.Path(__file__).parents[2] / "api/elasticache.json").read_text())
           ["actions"])
THEIRS = sorted(set(botocore.session.get_session().get_service_model(
    "elasticache").operation_names) - OURS)
EMPTY = "Action=DescribeReplicationGroups&Version=2015-02-02"


@pytest.fixture(autouse=True)
def unharmed(shared):
    """Whatever was sent, the server goes on and has changed nothing."""
    before = shared.rows("SELECT count(*) FROM replication_group")
    yield
    assert shared.rows("SELECT count(*) FROM replication_group") == before
    assert shared.request(EMPTY).status == 200


def test_an_answer_has_its_request_id_in_body_and_header(shared):
    answer = shared.request(EMPTY)
    name, content = answer.xml
    assert name == "DescribeReplicationGroupsResponse"
    assert set(content) == {"DescribeReplicationGroupsResult", "ResponseMetadata"}
    request_id = content["ResponseMetadata"]["RequestId"]
    assert str(uuid.UUID(request_id)) == request_id == answer.headers["x-amzn-requestid"]
    assert answer.headers["content-type"].startswith("text/xml")
    assert shared.request(EMPTY).headers["x-amzn-requestid"] != request_id


def test_get_and_post_say_the_same(shared):
    assert set(shared.request(EMPTY, "GET").xml[1]) == set(shared.request(EMPTY).xml[1])


@pytest.mark.parametrize("how", [
    ({"Accept": "application/json"}, EMPTY), ({}, EMPTY + "&ContentType=JSON")], ids=str)
def test_json_is_the_same_tree(shared, how):
    headers, body = how
    answer = shared.request(body, headers=headers)
    assert answer.headers["content-type"].startswith("application/json")
    content = answer.json["DescribeReplicationGroupsResponse"]
    assert isinstance(content["DescribeReplicationGroupsResult"]["ReplicationGroups"], list)
    assert content["ResponseMetadata"]["RequestId"] == answer.headers["x-amzn-requestid"]
    answer = shared.request(body.replace("DescribeReplicationGroups", "Nonsense"), headers=headers)
    assert answer.status == 400
    assert answer.json["Error"]["Code"] == "InvalidAction"
    assert answer.json["Error"]["Type"] == "Sender"
    assert answer.json["RequestId"] == answer.headers["x-amzn-requestid"]


def test_lists_have_the_element_names_that_strict_clients_read(shared):
    group = shared.create("names", nodes=2)
    text = shared.call("DescribeReplicationGroups", ReplicationGroupId="names").text
    for path in ("ReplicationGroups><ReplicationGroup", "MemberClusters><ClusterId",
                 "NodeGroups><NodeGroup", "NodeGroupMembers><NodeGroupMember"):
        assert f"<{path}>" in re.sub(r">\s+<", "><", text), text
    text = shared.call("DescribeCacheClusters", CacheClusterId="names-001",
                       ShowCacheNodeInfo="true").text
    for path in ("CacheClusters><CacheCluster", "CacheNodes><CacheNode"):
        assert f"<{path}>" in re.sub(r">\s+<", "><", text), text
    assert "<Events><Event>" in re.sub(
        r">\s+<", "><", shared.call("DescribeEvents", SourceIdentifier="names").text)
    group.delete()
    group.gone()


@pytest.mark.parametrize("action", [*THEIRS, "NoSuchAction", "testfailover", "A" * 5000, "<&>\"'"])
def test_an_action_that_we_do_not_have_is_an_invalid_action(shared, action):
    status, code, message = shared.call(action).error
    assert (status, code) == (400, "InvalidAction")
    assert message


def test_the_aws_cli_understands_that_an_action_is_not_there(shared):
    assert "(InvalidAction)" in shared.aws("describe-snapshots", fails=True)


@pytest.mark.parametrize("body, code", [
    ("", "MissingAction"),
    ("Version=2015-02-02", "MissingAction"),
    ("Action=", None),
    ("Action=DescribeReplicationGroups&Version=nonsense", None),
    ("Action=TestFailover", None),
    ("Action=TestFailover&ReplicationGroupId=x", None),
    ("Action=TestFailover&ReplicationGroupId=&NodeGroupId=", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=%zz", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=%", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=%f", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=%00", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=%ff%fe", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=a&ReplicationGroupId=b", None),
    ("Action=DescribeReplicationGroups&Action=DescribeEvents", None),
    ("Action=DescribeReplicationGroups&MaxRecords=abc", None),
    ("Action=DescribeReplicationGroups&MaxRecords=-1", None),
    ("Action=DescribeReplicationGroups&MaxRecords=99999999999999999999999", None),
    ("Action=DescribeReplicationGroups&MaxRecords=1e2", None),
    ("Action=DescribeReplicationGroups&Marker=%F0%9F%98%80", None),
    ("Action=DescribeCacheClusters&ShowCacheNodeInfo=perhaps", None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId=" + "a" * 70000, None),
    ("Action=DescribeReplicationGroups&ReplicationGroupId.X.1=a", None),
    ("Action=TestFailover&NodeGroupId=0001&ReplicationGroupId.member.1=a", None),
])
def test_nonsense_is_refused_with_an_error_that_can_be_parsed(shared, body, code):
    answer = shared.request(body)
    if "ReplicationGroupId.X.1" in body:
        assert answer.status in (200, 400)
        return
    status, found, message = answer.error
    assert 400 <= status < 500 and message
    assert found == (code or found)


def creation(**parameters):
    return {"Action": "CreateReplicationGroup", "Version": wire.VERSION,
            "ReplicationGroupId": "never", "ReplicationGroupDescription": "never",
            "CacheNodeType": "cache.m5.large", **parameters}


@pytest.mark.parametrize("parameters", [
    {f"Tags.Tag.{n}.Key": f"k{n}" for n in range(1, 10001)},
    {f"SecurityGroupIds.SecurityGroupId.{n}": "sg" for n in range(1, 10001)},
    {f"PreferredCacheClusterAZs.AvailabilityZone.{n}": "us-east-1a" for n in range(1, 10001)},
    {"PreferredCacheClusterAZs.AvailabilityZone.4294967297": "us-east-1a"},
    {"NodeGroupConfiguration.NodeGroupConfiguration.1.Slots": "0-99999999999"},
    {"NumCacheClusters": "2147483648"}, {"NumCacheClusters": "-1"}, {"NumCacheClusters": "0x2"},
    {"NumCacheClusters": " 2"}, {"Port": "99999"}, {"Port": "-6379"}, {"Port": "0"},
    {"SnapshotRetentionLimit": "-1"}, {"SnapshotRetentionLimit": "9" * 100},
    {"AutomaticFailoverEnabled": "2"}, {"AutomaticFailoverEnabled": "yes"},
    {"NumNodeGroups": "-3"}, {"ReplicasPerNodeGroup": "1000000"},
], ids=lambda parameters: next(iter(parameters)) + ("s" if len(parameters) > 1 else ""))
def test_absurd_amounts_are_refused(shared, parameters):
    status, code, message = shared.request(creation(**parameters)).error
    assert 400 <= status < 500 and message


def test_an_oversized_body_is_refused(shared):
    answer = raw(shared, post(b"Action=" + b"x" * (1024 * 1024 + 1)))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_oversized_headers_are_refused(shared):
    answer = raw(shared, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: " + b"x" * 40000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
def test_other_methods_are_refused(shared, method):
    answer = wire.send(shared.host, shared.port, method, "/", EMPTY)
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("target", ["/nowhere", "/../../etc/passwd", "/%2e%2e/", "//", "/?"])
def test_other_paths_are_refused(shared, target):
    answer = wire.send(shared.host, shared.port, "GET", target)
    assert 400 <= answer.status < 500


def post(body, *headers):
    head = [b"POST / HTTP/1.1", b"Host: localhost", b"Connection: close",
            b"Content-Type: application/x-www-form-urlencoded", *headers]
    if not headers:
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def raw(server, data, seconds=20):
    """Sends bytes and reads until the server closes."""
    with socket.create_connection((server.host, server.port), seconds) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def test_two_lengths_are_refused(shared):
    body = EMPTY.encode()
    length = b"Content-Length: %d" % len(body)
    answer = raw(shared, post(body, length, b"Content-Length: 5"))
    assert answer.startswith(b"HTTP/1.1 4")
    answer = raw(shared, post(b"0\r\n\r\n", b"Transfer-Encoding: chunked", b"Content-Length: 5"))
    assert answer.startswith(b"HTTP/1.1 4")


def test_a_body_in_chunks_is_read(shared):
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(EMPTY), EMPTY.encode())
    assert raw(shared, post(body, b"Transfer-Encoding: chunked")).startswith(b"HTTP/1.1 200")


def test_a_foreign_host_is_refused(shared):
    answer = wire.send(shared.host, shared.port, "GET", "/?" + EMPTY,
                       headers={"Host": "evil.example.com"})
    assert 400 <= answer.status < 500
    answer = wire.send(shared.host, shared.port, "GET", "/?" + EMPTY,
                       headers={"Host": f"localhost:{shared.port}"})
    assert answer.status == 200


@pytest.mark.parametrize("data", [
    b"\x00" * 100, b"GET", b"\r\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nAction=Desc",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
], ids=str)
def test_bytes_that_are_no_request_do_no_harm(shared, data):
    answer = raw(shared, data)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/1.1 505"))


def test_hundred_clients_that_hang_up_do_no_harm(shared):
    for _ in range(100):
        connection = socket.create_connection((shared.host, shared.port))
        connection.sendall(post(EMPTY.encode())[:-10])
        connection.close()
