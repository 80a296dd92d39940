import os, signal
def grow(n):
    return [bytes(1000) for _ in range(n)]
def pipeline():
    held=[]
    for step in range(40):
        held.append(grow(5000))
        if step == 30:
            os.kill(os.getpid(), signal.SIGKILL)
    return held
pipeline()
