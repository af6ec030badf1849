"""Requests as clients and guides spell them, which no serialiser of ours or botocore's made up."""
import os
import re
import unittest
import urllib.parse

import botocore.parsers

from common import OURS, Wire

HERE = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(HERE, 'captured.txt'), encoding='ascii') as source:
    CAPTURED = [line.strip() for line in source if not line.startswith('#')]

EXPECTED = {
    'PreferredCacheClusterAZs': {
        'ReplicationGroupId': 'rg', 'ReplicationGroupDescription': 'd',
        'AutomaticFailoverEnabled': False, 'MultiAZEnabled': False, 'NumCacheClusters': 3,
        'PreferredCacheClusterAZs': ['us-west-2a', 'us-west-2b', 'us-west-2c'],
        'CacheSecurityGroupNames': ['s1'], 'Port': 6380, 'AuthToken': 'abcdefghijklmnopq',
        'TransitEncryptionEnabled': True},
    'two+shards': {
        'ReplicationGroupId': 'My-RG', 'ReplicationGroupDescription': 'two shards',
        'AutomaticFailoverEnabled': True, 'MultiAZEnabled': True,
        'NodeGroupConfiguration': [
            {'NodeGroupId': '0001', 'Slots': '0-8191', 'ReplicaCount': 2,
             'PrimaryAvailabilityZone': 'us-west-2a',
             'ReplicaAvailabilityZones': ['us-west-2b', 'us-west-2c']},
            {'NodeGroupId': '0002', 'Slots': '8192-16383', 'ReplicaCount': 1,
             'PrimaryAvailabilityZone': 'us-west-2b',
             'ReplicaAvailabilityZones': ['us-west-2a']}],
        'CacheNodeType': 'cache.m5.large', 'Engine': 'redis', 'EngineVersion': '6.2',
        'CacheParameterGroupName': 'default.redis6.x.cluster.on',
        'SecurityGroupIds': ['sg-1', 'sg-2'],
        'Tags': [{'Key': 'env', 'Value': 'test'}, {'Key': 'empty'}]},
    'UserGroupIdsToAdd': {
        'ReplicationGroupId': 'rg', 'PrimaryClusterId': 'rg-002',
        'AutomaticFailoverEnabled': False, 'SecurityGroupIds': ['sg-1'],
        'ApplyImmediately': True, 'UserGroupIdsToAdd': ['a', 'b'],
        'UserGroupIdsToRemove': ['c']},
    'redis00-0003': {'ReplicationGroupId': 'redis00', 'NodeGroupId': 'redis00-0003'},
    'Duration=60': {
        'SourceIdentifier': 'rg', 'SourceType': 'replication-group',
        'StartTime': 1795341600000, 'EndTime': 1795392000000, 'Duration': 60},
}

LISTS = [
    'SecurityGroupIds.SecurityGroupId.1=a&SecurityGroupIds.SecurityGroupId.2=b',
    'SecurityGroupIds.member.1=a&SecurityGroupIds.member.2=b',
    'SecurityGroupIds.1=a&SecurityGroupIds.2=b',
    'SecurityGroupIds.Anything.7=b&SecurityGroupIds.2=a',
    'SecurityGroupIds.member.2=b&SecurityGroupIds.member.01=a',
]


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wire = Wire()

    @classmethod
    def tearDownClass(cls):
        cls.wire.close()

    def test_captured_requests_are_answered(self):
        for body in CAPTURED:
            name = re.match(r'Action=(\w+)', body).group(1)
            answer = self.wire.ask('answer', body)
            if name in OURS['actions']:
                self.assertEqual(answer['status'], 200, body)
                self.assertIn(f'<{name}Result>', answer['body'])
                continue
            self.assertEqual(answer['status'], 400, body)
            read = botocore.parsers.create_parser('query').parse(
                {'status_code': 400, 'headers': {}, 'body': answer['body'].encode()}, None)
            self.assertEqual(read['Error']['Code'], 'InvalidAction')
            self.assertEqual(read['Error']['Message'],
                             f'Could not find operation {name} for version 2015-02-02')

    def test_captured_requests_keep_every_parameter(self):
        for body in CAPTURED:
            name = re.match(r'Action=(\w+)', body).group(1)
            if name not in OURS['actions']:
                continue
            tree = self.wire.ask('decode', name, body)
            given = {key.split('.')[0] for key in urllib.parse.parse_qs(body)}
            self.assertEqual(set(tree), given - {'Action', 'Version'}, body)

    def test_captured_requests_are_read_as_meant(self):
        for hint, expected in EXPECTED.items():
            body, = [line for line in CAPTURED if hint in line]
            name = re.match(r'Action=(\w+)', body).group(1)
            self.assertEqual(self.wire.ask('decode', name, body), expected)

    def test_lists_are_read_in_every_spelling(self):
        for spelling in LISTS:
            self.assertEqual(
                self.wire.ask('decode', 'ModifyReplicationGroup',
                              'ReplicationGroupId=rg&' + spelling),
                {'ReplicationGroupId': 'rg', 'SecurityGroupIds': ['a', 'b']}, spelling)

    def test_the_guides_plain_requests(self):
        """G24, with AutoFailover for AutomaticFailoverEnabled; G32."""
        signed = ('Version=2015-02-02&SignatureVersion=4&SignatureMethod=HmacSHA256&'
                  'Timestamp=20140401T192317Z&X-Amz-Credential=<credential>')
        self.assertEqual(
            self.wire.ask('decode', 'ModifyReplicationGroup',
                          'Action=ModifyReplicationGroup&ApplyImmediately=true&AutoFailover=true&'
                          'ReplicationGroupId=redis12&' + signed),
            {'ReplicationGroupId': 'redis12', 'AutomaticFailoverEnabled': True,
             'ApplyImmediately': True})
        answer = self.wire.ask('answer',
                               'Action=TestFailover&NodeGroupId=redis00-0003&'
                               'ReplicationGroupId=redis00&' + signed)
        self.assertEqual(answer['status'], 200)


if __name__ == '__main__':
    unittest.main()
