"""Our model against botocore's: what it declares, the service has; what the service has, it declares."""
import unittest

from common import NEWER, NEWER_WORDS, OURS, SCALARS, THEIRS, members, resolve


class TheModel(unittest.TestCase):
    def compare_structure(self, where, ours, theirs):
        declared = {member.name: member for member in members(ours)}
        newer = NEWER.get(where, set())
        self.assertEqual(set(declared) - newer, set(theirs.members), where)
        self.assertLessEqual(newer, set(declared), where)
        for name, shape in theirs.members.items():
            member = declared[name]
            place = f'{where}.{name}'
            self.assertEqual(member.required, name in theirs.required_members, place)
            self.assertEqual(member.tag, shape.serialization.get('name', name), place)
            self.compare_type(place, member.type, shape)

    def compare_type(self, where, ours, theirs):
        kind, name, parts = resolve(ours)
        if kind == 'structure':
            self.assertEqual(theirs.type_name, 'structure', where)
            if name not in self.seen:
                self.seen.add(name)
                self.compare_structure(name, parts, theirs)
        elif kind == 'list':
            self.assertEqual(theirs.type_name, 'list', where)
            self.assertNotIn('flattened', theirs.serialization, where)
            self.assertEqual(parts[0], theirs.member.serialization.get('name', 'member'), where)
            self.compare_type(where, parts[1], theirs.member)
        elif kind == 'enum':
            self.assertEqual(set(parts) - NEWER_WORDS.get(name, set()), set(theirs.enum), where)
        else:
            self.assertEqual(SCALARS[kind], theirs.type_name, where)
            self.assertFalse(getattr(theirs, 'enum', None), where)

    def test_every_action_has_the_members_of_the_service(self):
        self.seen = set()
        for name, action in OURS['actions'].items():
            theirs = THEIRS.operation_model(name)
            self.compare_structure(name + '.in', action['in'], theirs.input_shape)
            self.assertEqual('out' in action, theirs.output_shape is not None, name)
            if 'out' in action:
                self.assertEqual(theirs.output_shape.serialization['resultWrapper'],
                                 name + 'Result')
                self.compare_structure(name + '.out', action['out'], theirs.output_shape)

    def test_every_action_has_the_errors_of_the_service(self):
        common = {'InvalidParameterValue', 'InvalidParameterCombination'}
        for name, action in OURS['actions'].items():
            theirs = THEIRS.operation_model(name).error_shapes
            self.assertLessEqual({shape.error_code for shape in theirs},
                                 set(action['errors']) | common, name)
            self.assertLessEqual(set(action['errors']),
                                 {shape.error_code for shape in theirs}, name)
            for shape in theirs:
                status = OURS['errors'].get(shape.error_code) or OURS['common'][shape.error_code]
                self.assertEqual(status, shape.metadata['error']['httpStatusCode'],
                                 shape.error_code)

    def test_version_and_namespace_are_the_services(self):
        self.assertEqual(OURS['version'], THEIRS.api_version)
        self.assertEqual(OURS['namespace'], THEIRS.metadata['xmlNamespace'])


if __name__ == '__main__':
    unittest.main()
