"""A pipeline whose process figures are known."""


def touch(mib):
    block = bytearray(b"x") * (mib << 20)
    return block


def pipeline():
    kept = touch(16)
    passing = len(touch(32))
    after = touch(4)
    return len(kept) + passing + len(after)


def busy():
    total = 0
    for number in range(5000):
        total += number
    kept = touch(4)
    return total + len(kept)


def nobody():
    return touch(1)


if __name__ == "__main__":
    pipeline()
    busy()
