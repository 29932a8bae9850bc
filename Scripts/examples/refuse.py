"""Runs a program for which the kernel answers some system calls with an error.

    refuse.py ERROR CALL[,CALL...] PROGRAM [ARGUMENT...]

ERROR is a name such as EPERM. The filter stays for the whole life of the process: seccomp(2), SECCOMP_RET_ERRNO.
"""

import ctypes
import errno
import os
import signal
import struct
import sys

NUMBERS = {"accept": 43, "recvfrom": 45, "recvmsg": 47, "accept4": 288}  # x86-64
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ANSWER = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38

code = getattr(errno, sys.argv[1])
calls = [NUMBERS[name] for name in sys.argv[2].split(",")]
instructions = [(LOAD_NUMBER, 0, 0, 0)]
for index, number in enumerate(calls):
    # To the last instruction, past the other comparisons and the one that allows.
    instructions.append((JUMP_IF_EQUAL, len(calls) - index, 0, number))
instructions += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ANSWER | code)]
filters = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
memory = ctypes.create_string_buffer(filters)
program = struct.pack("HxxxxxxQ", len(instructions), ctypes.addressof(memory))

libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
    sys.exit(f"refuse.py: {os.strerror(ctypes.get_errno())}")
# Python ignores it, which the program would inherit.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execv(sys.argv[3], sys.argv[3:])
