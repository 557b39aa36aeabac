"""killed.py - a command that is killed when its time is over."""
import random
import shutil
import subprocess


def finishes(command, seconds, **options):
    """True if it ended well by itself; False if it was killed (SIGKILL) after so long."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, **options)
    try:
        process.wait(timeout=seconds)
        assert process.returncode == 0, process.stderr.read()
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    finally:
        process.stderr.close()


def kill_and_resume(command, out, kills, seconds, check, **options):
    """Runs a command that writes into the folder `out` and kills it at random moments, at most `seconds`
    after its start; the same command resumes. `check` looks at what each run has come to, the last one
    too, which begins or goes on after the last of the kills. A folder that is checked is taken away."""
    killed = runs = 0
    while killed < kills:
        if finishes(command, random.uniform(0.01, seconds), **options):
            check()
            shutil.rmtree(out)
            runs += 1
        else:
            killed += 1
    assert finishes(command, 600, **options)
    check()
    shutil.rmtree(out)
    return "%d kills over %d runs" % (kills, runs + 1)
