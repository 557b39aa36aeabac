"""measured.py - a command run to its end: what it took."""
import subprocess
import sys


def measure(command):
    """Clock, processor seconds with all children, MiB of the largest process, and what it said.
    A small process starts it, since a child's peak begins with its parent's size."""
    code = ("import resource,subprocess,sys,time\n"
            "t=time.perf_counter()\n"
            "d=subprocess.run(sys.argv[1:],capture_output=True,text=True)\n"
            "t=time.perf_counter()-t\n"
            "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
            "print(t,u.ru_utime+u.ru_stime,u.ru_maxrss/1024,d.returncode,repr(d.stdout+d.stderr))")
    done = subprocess.run([sys.executable, "-c", code] + command, capture_output=True, text=True,
                          check=True)
    clock, cpu, memory, status, said = done.stdout.split(" ", 4)
    assert status == "0", said
    return float(clock), float(cpu), float(memory), said
