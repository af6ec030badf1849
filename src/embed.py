"""Build step: makes C of files that are data.

    embed.py files SYMBOL OUTPUT FILE...       the files as one array (see embed.h)
    embed.py handlers MODEL OUTPUT_C OUTPUT_H  the table of handlers that the API model asks for

An action of the model without a function action_<Name>() is then an undefined symbol, and such a
function without an action has no prototype: both fail the build.
"""
import json
import os
import sys


def embed_files(symbol, output, paths):
    paths = sorted(paths, key=os.path.basename)
    lines = ['#include "embed.h"', '']
    rows = []
    for number, path in enumerate(paths):
        with open(path, 'rb') as source:
            data = source.read()
        lines.append(f'static const char file_{number}[] = {{')
        for start in range(0, len(data), 24):
            # As plain char, so that a byte above 127 needs no narrowing.
            values = (byte - 256 if byte > 127 else byte for byte in data[start:start + 24])
            lines.append('\t' + ', '.join(map(str, values)) + ',')
        lines += ['\t0,', '};', '']
        rows.append(f'\t{{ "{os.path.basename(path)}", file_{number}, sizeof(file_{number}) - 1 }},')
    lines += [f'const struct embedded_file {symbol}[] = {{', *rows, '\t{ 0 },', '};']
    write(output, lines)


def make_handlers(model, output_c, output_h):
    with open(model, encoding='utf-8') as source:
        names = sorted(json.load(source)['actions'])
    write(output_h, [
        '/* The function of each action of the API model; made by embed.py. */',
        '#pragma once',
        '',
        '#include "api/call.h"',
        '',
        *(f'action_fn action_{name};' for name in names),
    ])
    write(output_c, [
        '#include "api/dispatch.h"',
        '#include "handlers.h"',
        '',
        'const struct handler handlers[] = {',
        *(f'\t{{ "{name}", action_{name} }},' for name in names),
        '\t{ 0 },',
        '};',
    ])


def write(path, lines):
    with open(path, 'w', encoding='utf-8') as output:
        output.write('\n'.join(lines) + '\n')


def main(args):
    if len(args) >= 3 and args[0] == 'files':
        embed_files(args[1], args[2], args[3:])
    elif len(args) == 4 and args[0] == 'handlers':
        make_handlers(*args[1:])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
