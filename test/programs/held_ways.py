import functools
class Row:
    def __init__(self, n): self.n = [n, n+1]
class Small:
    __slots__=("v",)
    def __init__(self,v): self.v=v
class Cached(list): pass
class Shared(list): pass
class Closed(list): pass
class Caught(list): pass
class Local(list): pass
class Registry:
    items = []
INDEX = {}
@functools.lru_cache(None)
def load(n): return Cached(range(n % 7))
def closer():
    held=[Closed([n]) for n in range(3000)]
    def use(): return len(held)
    return use
KEPT = closer()
ERR = None
def fail():
    inner=[Caught([n]) for n in range(3000)]
    raise ValueError(1)
def main():
    global ERR
    for n in range(20000): INDEX[n] = Row(n)
    for n in range(3000): load(n)
    Registry.items.extend(Shared([n]) for n in range(3000))
    try: fail()
    except ValueError as e: ERR = e
    mine = [Local([n]) for n in range(3000)]
    big = bytearray(8*2**20)
    return len(mine)+len(big)
main()
