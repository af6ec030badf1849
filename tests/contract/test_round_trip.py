"""Seeded random messages: botocore writes and we read, we write and botocore reads."""
import datetime
import json
import random
import unittest
import urllib.parse

import botocore.parsers
import botocore.serialize

from common import NEWER, NEWER_WORDS, OURS, THEIRS, Wire, members, resolve

SEED = 20150202
ROUNDS = 60  # of each action, each way
ALPHABET = 'abcXYZ019 -_.~:/&=+%<>"\'\\;#?\t\néß€漢😀'
UTC = datetime.timezone.utc


def random_text(rng):
    return ''.join(rng.choice(ALPHABET) for _ in range(rng.choice((0, 1, 3, 8, 40))))


def random_time(rng):
    return datetime.datetime.fromtimestamp(rng.randrange(0, 4102444800), UTC).replace(
        microsecond=rng.choice((0, 0, 500000, 123000)))


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


class Input:
    """Random parameters for botocore, and the tree that we must make of them."""

    def __init__(self, rng):
        self.rng = rng

    def value(self, shape):
        rng = self.rng
        kind = shape.type_name
        if kind == 'structure':
            return self.structure(shape)
        if kind == 'list':
            pairs = [self.value(shape.member) for _ in range(rng.choice((0, 1, 2, 12)))]
            kept = [tree for _, tree in pairs if tree is not None]
            return [given for given, _ in pairs], kept or None
        if kind == 'string' and shape.enum:
            word = rng.choice(shape.enum)
            return word, word
        if kind == 'string':
            text = random_text(rng)
            return text, text
        if kind == 'integer':
            number = rng.choice((0, 1, -1, 6379, 2**31 - 1, -2**31))
            return number, number
        if kind == 'boolean':
            flag = rng.random() < 0.5
            return flag, flag
        moment = random_time(rng)
        return moment, milliseconds(moment)

    def structure(self, shape):
        given, tree = {}, {}
        for name, member in shape.members.items():
            if name not in shape.required_members and self.rng.random() < 0.4:
                continue
            given[name], expected = self.value(member)
            if name in shape.required_members:
                something = ['given'] if member.type_name == 'list' else 'given'
                given[name] = expected = given[name] or something
            if expected is not None:
                tree[name] = expected
        return given, tree or None


class Output:
    """Random trees of an action, and what botocore must read of them."""

    def __init__(self, rng):
        self.rng = rng

    def structure(self, spec, where):
        tree, expected, plain = {}, {}, {}
        for member in members(spec):
            if self.rng.random() < 0.35:
                continue
            tree[member.name], read, plain[member.name] = self.value(member.type)
            if member.name not in NEWER.get(where, set()):
                expected[member.name] = read
        return tree, expected, plain

    def value(self, spec):
        rng = self.rng
        kind, name, parts = resolve(spec)
        if kind == 'structure':
            return self.structure(parts, name)
        if kind == 'list':
            items = [self.value(parts[1]) for _ in range(rng.choice((0, 1, 2, 5)))]
            return tuple([item[i] for item in items] for i in range(3))
        if kind == 'enum':
            word = rng.choice(sorted(set(parts) - NEWER_WORDS.get(name, set())))
            return word, word, word
        if kind == 'string':
            text = random_text(rng) + rng.choice(('', '\r', 'x'))
            return text, text, text
        if kind == 'time':
            moment = random_time(rng)
            shown = moment.strftime('%Y-%m-%dT%H:%M:%S.') + f'{moment.microsecond // 1000:03}Z'
            return milliseconds(moment), moment, shown
        one = {'int': rng.randrange(-2**31, 2**31), 'bool': rng.random() < 0.5,
               'double': rng.choice((0.0, 12.5, 99.0))}[kind]
        return one, one, one


def parameter(member):
    """The parameter that gives a member its value, or its first item."""
    kind, _, parts = resolve(member.type)
    return f'{member.name}.{parts[0]}.1' if kind == 'list' else member.name


class RoundTrips(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wire = Wire()

    @classmethod
    def tearDownClass(cls):
        cls.wire.close()

    def test_we_read_what_botocore_writes(self):
        rng = random.Random(SEED)
        serializer = botocore.serialize.create_serializer('query', include_validation=False)
        for name in OURS['actions']:
            operation = THEIRS.operation_model(name)
            for _ in range(ROUNDS):
                given, expected = Input(rng).structure(operation.input_shape)
                body = serializer.serialize_to_request(given, operation)['body']
                form = urllib.parse.urlencode(body)
                self.assertEqual(self.wire.ask('decode', name, form), expected or {}, form)

    def test_botocore_reads_what_we_write(self):
        rng = random.Random(SEED + 1)
        parser = botocore.parsers.create_parser('query')
        for name, action in OURS['actions'].items():
            shape = THEIRS.operation_model(name).output_shape
            for _ in range(ROUNDS):
                tree, expected, plain = Output(rng).structure(action['out'], '')
                written = self.wire.ask('encode', name, json.dumps(tree))
                read = parser.parse({'status_code': 200, 'headers': {},
                                     'body': written['xml'].encode()}, shape)
                metadata = read.pop('ResponseMetadata')
                self.assertEqual(metadata['RequestId'], '00000000-0000-4000-8000-000000000000')
                self.assertEqual(read, expected, written['xml'])
                self.assertEqual(json.loads(written['json'])[name + 'Response'][name + 'Result'],
                                 plain, written['json'])

    def test_botocore_reads_every_error(self):
        parser = botocore.parsers.create_parser('query')
        for name, action in OURS['actions'].items():
            required = [parameter(member) for member in members(action['in']) if member.required]
            shape = THEIRS.operation_model(name).output_shape
            for code in action['errors']:
                given = dict.fromkeys(required or [members(action['in'])[0].name], 'fail:' + code)
                answer = self.wire.ask('answer', urllib.parse.urlencode({'Action': name, **given}))
                self.assertEqual(answer['status'], OURS['errors'][code])
                read = parser.parse({'status_code': answer['status'], 'headers': {},
                                     'body': answer['body'].encode()}, shape)
                self.assertEqual(read['Error'], {'Type': 'Sender', 'Code': code,
                                                 'Message': f'As asked: fail:{code}.'})
                self.assertEqual(len(read['ResponseMetadata']['RequestId']), 36)


if __name__ == '__main__':
    unittest.main()
