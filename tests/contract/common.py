"""What the contract tests share: our model, botocore's description, and our coders as a program."""
import json
import os
import subprocess

import botocore.loaders
import botocore.model

with open(os.environ['API_MODEL'], encoding='utf-8') as source:
    OURS = json.load(source)

THEIRS = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model('elasticache', 'service-2'))

# Members that the service has and the packaged botocore does not know yet.
NEWER = {
    'CreateReplicationGroup.in': {'TransitEncryptionMode', 'ClusterMode',
                                  'ServerlessCacheSnapshotName'},
    'ModifyReplicationGroup.in': {'Engine', 'TransitEncryptionEnabled', 'TransitEncryptionMode',
                                  'ClusterMode'},
    'ReplicationGroup': {'TransitEncryptionMode', 'ClusterMode', 'Engine'},
    'ReplicationGroupPendingModifiedValues': {'TransitEncryptionEnabled', 'TransitEncryptionMode',
                                              'ClusterMode'},
    'CacheCluster': {'TransitEncryptionMode'},
    'PendingModifiedValues': {'TransitEncryptionEnabled', 'TransitEncryptionMode'},
}
NEWER_WORDS = {'SourceType': {'serverless-cache', 'serverless-cache-snapshot'}}

SCALARS = {'string': 'string', 'int': 'integer', 'bool': 'boolean', 'time': 'timestamp',
           'double': 'double'}


class Member:
    """One line of a structure of our model, taken apart."""

    def __init__(self, key, spec):
        self.name = key.rstrip('!')
        self.required = key.endswith('!')
        self.alias = spec.get('alias') if isinstance(spec, dict) else None
        self.tag = spec.get('as', self.name) if isinstance(spec, dict) else self.name
        self.type = spec['type'] if isinstance(spec, dict) and 'as' in spec else spec


def members(structure):
    return [member for member in (Member(*item) for item in structure.items()) if not member.alias]


def resolve(spec):
    """The kind of a type, its name, and what it is made of."""
    name = ''
    if isinstance(spec, str):
        if spec in SCALARS:
            return spec, spec, None
        name, spec = spec, OURS['types'][spec]
    if isinstance(spec, list):
        return 'list', name, (spec[0], spec[-1])
    if 'enum' in spec:
        return 'enum', name, spec['enum']
    return 'structure', name, spec


class Wire:
    """The program `wire`: our decoder and encoders. See wire.c."""

    def __init__(self):
        self.process = subprocess.Popen([os.environ['WIRE']], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, *words):
        self.process.stdin.write(' '.join(words).encode() + b'\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, 'wire died of: ' + ' '.join(words)[:2000]
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(timeout=60) == 0
