#!/usr/bin/env python3
"""plot_novelty.py - how the time of the novelty filter grows, as a picture.

    bench/plot_novelty.py bench/novelty_growth.tsv >docs/dev/novelty.svg

The table has a row a measurement: way, sentences, seconds. Both axes are logarithmic, so
that a power of n is a straight line.
"""
import math
import sys

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 20, 50
COLOURS = ["#0b6e4f", "#b3541e", "#35589a", "#7a3b8f"]


def decades(values):
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


class Picture:
    def __init__(self, rows):
        self.x_span = decades([n for _, n, _ in rows])
        self.y_span = decades([s for _, _, s in rows])
        self.out = []

    def x(self, n):
        low, high = self.x_span
        return LEFT + (math.log10(n) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, seconds):
        low, high = self.y_span
        height = HEIGHT - TOP - BOTTOM
        return TOP + height - (math.log10(seconds) - low) / (high - low) * height

    def add(self, text, *values):
        self.out.append(text % values)

    def grid(self):
        for power in range(self.x_span[0], self.x_span[1] + 1):
            at = self.x(10 ** power)
            self.add('<path d="M%.1f %dV%d" stroke="#ddd"/>', at, TOP, HEIGHT - BOTTOM)
            self.add('<text x="%.1f" y="%d" text-anchor="middle">%s</text>', at,
                     HEIGHT - BOTTOM + 18, "{:,}".format(10 ** power))
        for power in range(self.y_span[0], self.y_span[1] + 1):
            at = self.y(10 ** power)
            self.add('<path d="M%d %.1fH%d" stroke="#ddd"/>', LEFT, at, WIDTH - RIGHT)
            self.add('<text x="%d" y="%.1f" text-anchor="end">%s s</text>', LEFT - 8, at + 4,
                     "{:,g}".format(10.0 ** power))
        self.add('<text x="%d" y="%d" text-anchor="middle">sentences</text>',
                 (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10)

    def line(self, way, points, colour):
        path = " ".join("%.1f,%.1f" % (self.x(n), self.y(s)) for n, s in points)
        self.add('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>', path, colour)
        for n, s in points:
            self.add('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>', self.x(n), self.y(s), colour)
        n, s = points[-1]
        self.add('<text x="%.1f" y="%.1f" fill="%s">%s</text>', self.x(n) + 8, self.y(s) + 4,
                 colour, way)

    def svg(self):
        return "\n".join([
            '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT),
            "<title>Seconds of the novelty filter by number of sentences</title>",
            '<rect width="100%" height="100%" fill="#fff"/>', *self.out, "</svg>"])


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    rows = [(way, int(n), float(s)) for way, n, s in lines]
    picture = Picture(rows)
    picture.grid()
    ways = list(dict.fromkeys(way for way, _, _ in rows))
    for way, colour in zip(ways, COLOURS):
        picture.line(way, sorted((n, s) for w, n, s in rows if w == way), colour)
    print(picture.svg())


main()
