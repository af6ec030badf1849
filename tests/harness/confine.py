"""A process that the kernel refuses system calls, as a container's profile or an administrator does:
a seccomp filter, which needs no privileges and is inherited."""

import ctypes
import struct

PIDFD_GETFD = 438          # on every architecture
EPERM = 1

LOAD_NUMBER = 0x20         # BPF_LD | BPF_W | BPF_ABS: the system call's number is the first word
JUMP_EQUAL = 0x15          # BPF_JMP | BPF_JEQ | BPF_K
RETURN = 0x06              # BPF_RET | BPF_K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def refusing(number, error=EPERM):
    """For subprocess' preexec_fn: the system call of that number fails with that error."""
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in [
        (LOAD_NUMBER, 0, 0, 0), (JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ERRNO | error),
        (RETURN, 0, 0, ALLOW)])
    program = Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)

    def confine():
        assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        assert libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program)) == 0

    return confine
