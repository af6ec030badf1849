"""The API as bytes: requests made by hand, and their answers taken apart."""

import dataclasses
import http.client
import json
import urllib.parse
import xml.etree.ElementTree

NAMESPACE = "{http://elasticache.amazonaws.com/doc/2015-02-02/}"
VERSION = "2015-02-02"


def tree(element):
    """Elements as dicts, repeated ones as lists, leaves as text; every name in the API's space."""
    children = list(element)
    if not children:
        return element.text or ""
    found = {}
    for child in children:
        assert child.tag.startswith(NAMESPACE), f"{child.tag} is not in the API's name space"
        found.setdefault(child.tag.removeprefix(NAMESPACE), []).append(tree(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    text: str

    @property
    def xml(self):
        root = xml.etree.ElementTree.fromstring(self.text)
        return root.tag.removeprefix(NAMESPACE), tree(root)

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def error(self):
        """(status, code, message) of an error answer, checked for its form."""
        name, content = self.xml
        assert name == "ErrorResponse", self.text
        assert set(content) == {"Error", "RequestId"}, self.text
        assert content["Error"]["Type"] == ("Sender" if self.status < 500 else "Receiver")
        assert self.headers["x-amzn-requestid"] == content["RequestId"]
        return self.status, content["Error"]["Code"], content["Error"]["Message"]


def send(host, port, method, target, body=None, headers=None, timeout=20):
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, target, body, headers or {})
        reply = connection.getresponse()
        text = reply.read().decode()
        return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, text)
    finally:
        connection.close()


def form(parameters):
    return urllib.parse.urlencode(parameters)
