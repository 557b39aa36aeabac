#!/usr/bin/env python3
"""corpus.py DIR: makes the six documents of examples/documents, one in each format, or compares them.

    tests/documents/corpus.py examples/documents            writes them
    tests/documents/corpus.py --check examples/documents    1 if any is not as it would be written

The words are our own, about places that do not exist, so that no model has read them before.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import books  # noqa: E402

FERRY = """THE FERRY TO SKARV ISLAND

The ferry Marta Brandt sails between Norrvik and Skarv Island from the first of April to the end of
October. She leaves Norrvik at 7:15, 11:40 and 17:05, and Skarv half an hour after she has arrived
there. The crossing takes 52 minutes. In a wind of more than 17 metres a second she stays in port,
and a red lamp on the harbour office says so.

A single ticket costs 6 crowns, a return ticket 10. Children under seven travel free, and so do
bicycles before nine in the morning. Tickets are sold on board, never on the quay, and only for
coins: the purser has no machine for cards.

Goods for the island are loaded last and unloaded first. What is heavier than 80 kilograms must be
announced to the harbour office the day before, because the crane of Skarv is worked by hand and
needs three people. Hens and goats travel on deck in cages; dogs stay with their owners. In 1998 a
calf jumped overboard off the Grey Stone and swam ashore, and since then cattle have been tied to
the mast.
"""

BAKERY = """# The bakery in Mill Lane

Ole Tamm has baked in Mill Lane since 2009, in an oven that his grandmother built of 412 bricks.

## The rye bread

The sourdough is fed twice: at noon with one part of rye flour to one part of water, and at nine in
the evening with twice as much. The dough rests for fourteen hours in a room of 19 degrees. It is baked
for ten minutes at 270 degrees, and for fifty more at 200.

- Loaves weigh 1.2 kg before they are baked, and 1.05 kg after.
- A loaf keeps for nine days in linen, and for four in paper.
- Bread of the day before is sold for half its price.

## Prices

| bread | price | days |
|-------|-------|------|
| rye | 4.20 | every day |
| spelt | 5.10 | Tuesday, Friday |
| saffron | 7.00 | December |

## The oven

The oven is heated with birch, never with pine: pine resin makes the crust bitter. A fire of 25 kg of wood
lasts for three batches. Once a year, in the second week of January, the bakery is closed, and the
bricks around the mouth of the oven are laid anew.
"""

MUSEUM = """<!DOCTYPE html>
<html lang="en">
<head><title>Museum of knots</title><style>body { color: #333 }</style></head>
<body>
<nav><a href="/">Home</a> <a href="/visit">Visit</a></nav>
<h1>The museum of knots</h1>
<p>The museum of knots in Norrvik shows 318 knots, 44 splices and the only rope walk on the coast that is
still in use. It was founded in 1966 by the sailmaker Greta Lund, who had been told that nobody would pay to look
at a rope.</p>
<h2>The rope walk</h2>
<p>The rope walk is 120 metres long. Hemp is spun backwards: the spinner walks away from the wheel
with the fibres around the waist. Three yarns make a strand and three strands a rope, each twisted against
the one before, and that is why a rope does not come apart by itself.</p>
<h2>Visits</h2>
<table>
<tr><th>day</th><th>open</th><th>guided tour</th></tr>
<tr><td>Wednesday</td><td>10 to 16</td><td>14</td></tr>
<tr><td>Saturday</td><td>9 to 18</td><td>10 and 15</td></tr>
</table>
<p>Admission is 8 crowns. Who can tie a bowline with one hand behind the back pays nothing: about one visitor in
forty does.</p>
<script>document.title += "!"</script>
</body>
</html>
"""

WEATHER = """The weather station on Grey Stone

The weather station on Grey Stone has measured wind, rain and the height
of the sea every hour since 1931. Until 1974 a keeper read the
instruments and sent the figures by lamp; since then they go by radio.

The strongest gust was 48 metres a second, on 9 January 2005. The
wettest month was August 1954, with 231 millimetres of rain. Snow lies
on Grey Stone for eleven days a year on average, and in the winter of
1989 it did not lie at all.

The sea stands highest when a westerly gale meets a new moon. It then
rises 1.9 metres above its mean, and the lower door of the station must
be barred. The instruments are compared with a second set every
spring; in 2011 the rain gauge was found to have lost a tenth of all it
had caught, because a gull had nested above it."""

WELL = [
    ("title", "The wells of Tarn village"),
    ("p", "Tarn village has five wells and no river. This sheet is kept in the smithy, and everyone who draws "
          "water is expected to know what it says."),
    ("h1", "Who draws where"),
    ("p", "The upper well belongs to the houses above the church, the lower well to those below it. The deep well is "
          "for dry years alone: it is 63 metres deep, and one bucket takes four minutes. The smith's well serves the "
          "smithy and any fire. The garden well is not for drinking, since it has tasted of iron from the year 1977 on."),
    ("table", [["well", "depth in metres", "water is"], ["upper", "18", "soft"], ["lower", "22", "hard"],
               ["deep", "63", "hard and cold"], ["smith's", "15", "soft"], ["garden", "9", "full of iron"]]),
    ("h1", "Care"),
    ("p", "Ropes are changed in May, whether they look worn or not. A lid is never left open overnight. These three things "
          "are forbidden within twenty steps of a well:"),
    ("li", "washing wool or clothes,"),
    ("li", "keeping geese,"),
    ("li", "storing lime or tar."),
    ("h1", "Dry years"),
    ("p", "If the upper well falls below four metres of water, the bell is rung twice, and each house may draw six buckets a day. "
          "That has happened three times: in 1959, in 1976 and in 2018."),
]

BEES = [
    [("h1", "The bees of Lindholm"),
     ("p", "In the summer of 1903 the gardener of Lindholm, Anton Vik, set up seven hives behind the chapel. He had never kept "
           "bees. By September he had four hives left, eleven kilograms of honey, and a notebook full of mistakes."),
     ("p", "His first mistake was the place. The wall behind the hives faced north, and the bees flew an hour later than those of "
           "his neighbours. In the second spring he moved them to the orchard, at night and by cart, with wet sacks over "
           "the entrances."),
     ("h2", "What they carried home"),
     ("p", "Vik noted when each plant bloomed: willow from the end of March, dandelion in May, lime trees in the first two weeks "
           "of July, heather in August. Lime honey he thought the best, and it fetched twice the price of heather honey, "
           "although heather honey keeps longer.")],
    [("h1", "The winter"),
     ("p", "A colony needs about fourteen kilograms of stores to come through a winter on the coast. Vik weighed his hives on the "
           "scales of the mill, on the last Sunday of each month. A hive that had lost more than two kilograms in a month was "
           "fed with sugar boiled in thyme tea."),
     ("li", "He narrowed the entrances to the width of a finger, so that no mouse came in."),
     ("li", "He never opened a hive below eight degrees."),
     ("p", "In the winter of 1907 all nine colonies lived. In that of 1910 he lost six of ten, and found out why only in spring: "
           "damp had come through a roof that he had not tarred.")],
]


def made():
    return {
        "ferry.txt": FERRY.encode(), "bakery.md": BAKERY.encode(), "museum.html": MUSEUM.encode(),
        "weather.pdf": books.pdf(WEATHER.split("\n")),
        "well.docx": books.docx(WELL), "bees.epub": books.epub(BEES),
    }


def main():
    folder = sys.argv[-1]
    wrong = []
    for name, data in made().items():
        path = os.path.join(folder, name)
        if sys.argv[1] != "--check":
            with open(path, "wb") as out:
                out.write(data)
            continue
        with open(path, "rb") as there:
            if there.read() != data:
                wrong.append(name)
    for name in wrong:
        print("%s: not as tests/documents/corpus.py makes it" % name)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
