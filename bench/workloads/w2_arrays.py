"""w2: numpy temporaries. `normalize` leaves little behind and reaches highest inside itself: a snapshot at its end misses it."""

import sys

import numpy as np


def load(side):
    return np.random.default_rng(7).random((side, side))


def smooth(image):
    return (image[:-1] + image[1:]) / 2


def normalize(image):
    centred = image - image.mean()
    scaled = centred / centred.std()
    clipped = np.clip(scaled * scaled + scaled, -3, 3)
    return clipped[::4, ::4].copy()


def measure(image):
    return float(image.mean())


def pipeline(side):
    image = load(side)
    image = smooth(image)
    small = normalize(image)
    return measure(small)


if __name__ == "__main__":
    print(round(pipeline(int(sys.argv[1]) if len(sys.argv) > 1 else 1900), 6))
