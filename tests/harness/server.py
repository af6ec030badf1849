"""A server of one's own: started from the built program, with a network and directory that no
other test has, and everything that can be asked of it."""

import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

import boto3
import botocore.config

from harness import processes, wire
from harness.group import Group
from harness.waiting import until

ANNOUNCED = "export AWS_ENDPOINT_URL_ELASTICACHE="
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}
SESSION = boto3.session.Session()
CLIENT = botocore.config.Config(
    retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30, parameter_validation=False)
TABLES = {
    "group": "SELECT name, status, automatic_failover FROM replication_group",
    "shard": "SELECT id, name, status, primary_node, reader_node FROM node_group",
    "node": "SELECT id, name, zone, address, status, health FROM node",
    "flow": "SELECT id, workflow, node_group_id, node_id, cause, step, state, reason FROM flow"
            " ORDER BY id DESC LIMIT 12",
    "decided": "SELECT flow_id, name, value FROM flow_value ORDER BY flow_id DESC LIMIT 12",
}


class Network:
    """One of the networks 127.100 to 127.250, nobody else's while this object lives: who has it
    holds a socket of that name. One that a server has whose test is gone is passed over."""

    next = os.getpid() * 7

    def __init__(self):
        for _ in range(151):
            Network.next += 1
            self.prefix = f"127.{100 + Network.next % 151}"
            self.claim = socket.socket(socket.AF_UNIX)
            try:
                self.claim.bind(f"\0understudy-test-{self.prefix}")
                with socket.socket(socket.AF_UNIX) as server:
                    server.bind(f"\0understudy/{self.prefix}.0.0/16")
                return
            except OSError:
                self.claim.close()
        raise AssertionError("no network is free")

    def release(self):
        self.claim.close()


class Server:
    def __init__(self, **options):
        """Options are those of `understudy serve`, written with underscores."""
        self.network = Network()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="us-", dir="/tmp"))
        self.data = self.home / "data"
        self.options = {
            "listen": "127.0.0.1:0",
            "data_dir": self.data,
            "network": f"{self.network.prefix}.0.0/16",
            **options,
        }
        self.process = None
        self.host, self.port = "127.0.0.1", 0
        self.announced = []        # parts of error lines that the test knows of
        self.repeats = []          # parts of event messages that may come twice in a row
        self.unsettled = False     # the test leaves work undone on purpose
        self.at_first = None       # what the process had open when it first listened
        self.clients = {}
        self.starts = 0

    # ---- life ----

    def command(self, **options):
        words = [processes.EXECUTABLE, "serve"]
        for name, value in {**self.options, **options}.items():
            if value is True:
                words.append(f"--{name.replace('_', '-')}")
            elif value is not None:
                words += [f"--{name.replace('_', '-')}", str(value)]
        return words

    def environment(self, **extra):
        keep = {name: value for name, value in os.environ.items()
                if not name.startswith(("UNDERSTUDY", "AWS_"))}
        return {**SANITIZERS, **keep, **extra}

    def start(self, failpoint=None, environment=None, dies=False, confined=None, within=(), **options):
        """dies: the failpoint may kill it before it says where it listens. confined: of
        harness/confine.py. within: a command that becomes the server, setpriv say."""
        extra = {**(environment or {}), **({"UNDERSTUDY_FAILPOINT": failpoint} if failpoint else {})}
        self.starts += 1
        self.out = self.home / f"out-{self.starts}"
        with open(self.out, "wb") as out, open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*within, *self.command(**options)], stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                env=self.environment(**extra), cwd=self.home, preexec_fn=confined)
        self.clients.clear()
        until("the server says where it listens", lambda: self._listens(dies), story=self.story)
        return self

    def _listens(self, dies):
        said = [line for line in self.out.read_text().splitlines() if line.startswith(ANNOUNCED)]
        if said:
            self.host, port = said[0].removeprefix(ANNOUNCED + "http://").rsplit(":", 1)
            self.port = int(port)
            self.at_first = self.at_first or processes.descriptors(self.process.pid)
            return True
        if self.process.poll() is not None:
            if dies and self.process.returncode == -signal.SIGKILL:
                return True
            raise AssertionError(f"the server ended: {self.process.returncode}\n{self.tail()}")
        return False

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, how=signal.SIGTERM, seconds=30):
        """As Ctrl-C or an init system ends it."""
        self.process.send_signal(how)
        self.ended(seconds)
        assert self.process.returncode == 0, f"{self.process.returncode}\n{self.tail()}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ended(self, seconds=30):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server did not end in {seconds} s\n{self.story()}") from None

    def clean(self):
        """After the last test: nothing of it stays."""
        if self.running:
            self.kill()
        processes.kill_below(self.data)
        self.network.release()
        if not os.environ.get("UNDERSTUDY_KEEP"):
            shutil.rmtree(self.home)

    # ---- asking ----

    def client(self, region="us-east-1", account="test"):
        """boto3's client of this server."""
        if (region, account) not in self.clients:
            self.clients[region, account] = SESSION.client(
                "elasticache", region_name=region, endpoint_url=self.url, config=CLIENT,
                aws_access_key_id=account, aws_secret_access_key="test")
        return self.clients[region, account]

    def aws_environment(self, region="us-east-1"):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": region, "AWS_PAGER": "",
                "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_ELASTICACHE": self.url}

    def aws(self, *words, region="us-east-1", fails=False):
        """The AWS CLI; its JSON, or with fails what it says on standard error."""
        done = subprocess.run(
            ["/usr/bin/aws", "--endpoint-url", self.url, "elasticache", *words],
            env=self.aws_environment(region), capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, f"{words}: {done.stderr}{done.stdout}"
        if fails:
            return done.stderr
        return wire.json.loads(done.stdout) if done.stdout.strip() else None

    def understudy(self, *words, status=0):
        """A command of the operator's: what it prints, or, when it must fail with this status, what
        it complains of."""
        done = subprocess.run([processes.EXECUTABLE, *words], env=self.aws_environment(),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == status, f"{words}: {done.returncode} {done.stderr}{done.stdout}"
        return done.stderr if status else done.stdout

    def operate(self, path, status=200, **members):
        """The same over HTTP: the answer, or with a status the error's words."""
        answer = wire.send(self.host, self.port, "POST", f"/_understudy/{path}",
                           wire.json.dumps(members))
        assert answer.status == status, f"{path} {members}: {answer.status} {answer.text}"
        return answer.json["error"] if status >= 400 else answer.json

    def zone(self, name, verb, **members):
        return self.operate(f"zones/{name}/{verb}", **members)

    def request(self, parameters, method="POST", headers=None):
        """A plain request, unsigned, and its answer."""
        body = parameters if isinstance(parameters, (str, bytes)) else wire.form(parameters)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                   **(headers or {})}
        if method == "GET":
            return wire.send(self.host, self.port, "GET", f"/?{body}", headers=headers)
        return wire.send(self.host, self.port, method, "/", body, headers)

    def call(self, action, method="POST", **parameters):
        return self.request({"Action": action, "Version": wire.VERSION, **parameters}, method)

    def group(self, name, **where):
        return Group(self, name, **where)

    def create(self, name, nodes=3, failover=True, wait=True, region="us-east-1", account="test",
               **parameters):
        """A group of one primary and nodes - 1 replicas; waits until it is available."""
        self.client(region, account).create_replication_group(**{
            "ReplicationGroupId": name, "ReplicationGroupDescription": f"test {name}",
            "CacheNodeType": "cache.m5.large", "NumCacheClusters": nodes,
            "AutomaticFailoverEnabled": failover, **parameters})
        group = self.group(name, region=region, account=account)
        return group.settled() if wait else group

    # ---- looking inside ----

    def setting(self, name):
        """The value of an option, as the server printed it when it started."""
        return re.search(rf"^  {name} +(.*)$", self.out.read_text(), re.MULTILINE)[1]

    def rows(self, sql, *values):
        database = sqlite3.connect(f"file:{self.data}/understudy.db?mode=ro", uri=True, timeout=5)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def log(self):
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    def story(self):
        """What a failing wait prints."""
        told = []
        for name, sql in TABLES.items():
            try:
                told += [f"{name}: {row}" for row in self.rows(sql)]
            except sqlite3.Error as error:
                told.append(f"{name}: {error}")
        return "\n".join([*told, "log:", self.tail()])
