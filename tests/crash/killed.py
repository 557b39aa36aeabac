"""killed.py - a command that is killed when its time is over."""
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
