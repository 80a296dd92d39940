"""Objects whose code must not run while they are counted: any of it that does fails the program's last line."""


class Meta(type):
    def __hash__(cls):
        raise SystemExit("a metaclass's hash ran")

    def __eq__(cls, other):
        raise SystemExit("a metaclass's eq ran")


class Touchy(metaclass=Meta):
    def __init__(self, number):
        self.number = number
        self.label = "label %d" % (number % 3)

    def __sizeof__(self):
        raise SystemExit("__sizeof__ ran")

    def __getattr__(self, name):
        raise SystemExit("__getattr__ ran")

    def __getattribute__(self, name):
        raise SystemExit("__getattribute__ ran")

    def __len__(self):
        raise SystemExit("__len__ ran")

    def __bool__(self):
        raise SystemExit("__bool__ ran")

    def __eq__(self, other):
        raise SystemExit("__eq__ ran")

    @property
    def __class__(self):
        raise SystemExit("__class__ ran")

    __hash__ = None


class TouchyList(list):
    def __len__(self):
        raise SystemExit("a list's __len__ ran")

    def __iter__(self):
        raise SystemExit("a list's __iter__ ran")


def pipeline():
    rows = TouchyList()
    for number in range(3000):
        rows.append(Touchy(number))
    single = Touchy(1)
    block = bytearray(1 << 20)
    size = len(block)
    return rows, single, size


if __name__ == "__main__":
    pipeline()
