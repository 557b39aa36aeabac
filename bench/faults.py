#!/usr/bin/env python3
"""faults.py SOW [MODEL.gguf [COUNT]]: which scores of sow score find which faults?

10,000 records are made of WordNet (Debian's wordnet-base: what a word means, one sense or all of them),
always the same ones. Of 100, 5 have the answer of another record, 5 an answer cut in half, 5 one whose
words are shuffled, 5 a refusal, 5 are copies of an earlier record with a word or two changed, 5 have an
answer in German or French. For each score and fault: the area under the curve, that is how often a faulty
record has a worse score than a sound one (0.5: no better than chance), and in brackets precision, which is
recall, too, if as many records are dropped as have the fault. "Worse" is what most users would say: see
WORSE. Scores of a model are computed on the first COUNT records (400), which have all faults in the same
shares. Needs no library.
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

WORDNET = "/usr/share/wordnet"
COUNT, SHARE = 10000, 0.05
FAULTS = ["another's answer", "cut in half", "word salad", "refusal", "near-copy", "another language"]
# Where a higher number is worse: 1; where a lower one is: -1.
WORSE = {"length": -1, "repetition": 1, "refusal": 1, "language": 1, "novelty": -1, "perplexity": 1, "ifd": 1,
         "ifd_perplexity": 1, "superfilter": 1}
REFUSALS = ["I'm sorry, but I can't help with that.", "As an AI language model, I cannot answer this question.",
            "I cannot provide a definition for this word.", "Sorry, I am unable to answer that.",
            "That is something I would rather not talk about.", "I do not have enough information to answer.",
            "Unfortunately, there is nothing that I can say about this word.", "I must decline to answer."]
OTHER = ["Das Wort bezeichnet einen Gegenstand, den man im Haushalt oft benutzt.",
         "Man versteht darunter vor allem eine Art von Tier, die im Wasser lebt.",
         "Gemeint ist damit meistens ein Mensch, der viel über die Natur weiß.",
         "Der Begriff stammt aus dem Handwerk und wird heute nur noch selten gebraucht.",
         "So nennt man einen Weg, der durch den Wald und über die Berge führt.",
         "In der Musik ist es ein Stück, das von mehreren Stimmen gesungen wird.",
         "Früher war das ein Maß für die Menge an Getreide in einem Sack.",
         "C'est un petit objet que l'on trouve souvent dans la cuisine.",
         "Ce mot désigne une plante qui pousse au bord de la mer.",
         "Il s'agit d'une personne qui travaille la terre avec ses voisins.",
         "On appelle ainsi une fête qui a lieu chaque année au printemps.",
         "Dans la langue courante, cela veut dire que l'on n'est pas d'accord.",
         "C'était autrefois une mesure pour le vin et pour l'huile."]
KINDS = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}


def senses():
    """Of each word of each kind its glosses, in WordNet's order of files."""
    words = {}
    for name in ("noun", "verb", "adj", "adv"):
        with open(os.path.join(WORDNET, "data." + name), encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("  ") or "|" not in line:
                    continue
                left, gloss = line.rstrip().split(" | ", 1)
                parts = left.split(" ")
                for i in range(int(parts[3], 16)):
                    word = re.sub(r"\(.*\)", "", parts[4 + 2 * i]).replace("_", " ")
                    words.setdefault((word, KINDS[parts[2]]), []).append(gloss.strip())
    return words


def question(draw, word, kind, all_of):
    if all_of:
        return draw.choice(["List the meanings of the %s \"%s\".", "What can the %s \"%s\" mean? Name each sense.",
                            "Give all definitions of the %s \"%s\"."]) % (kind, word)
    return draw.choice(["What does the %s \"%s\" mean?", "Define the %s \"%s\".",
                        "Explain the %s \"%s\" and use it in an example, if you know one."]) % (kind, word)


def sound(draw):
    words = senses()
    keys = sorted(key for key in words if re.fullmatch(r"[A-Za-z' -]{3,30}", key[0]))
    draw.shuffle(keys)
    for key in keys:
        glosses = words[key]
        all_of = len(glosses) > 1 and draw.random() < 0.7
        text = glosses[0] if not all_of else "\n".join("%d. %s" % (i + 1, g) for i, g in enumerate(glosses[:8]))
        if len(text.split()) < 6:
            continue
        yield {"instruction": question(draw, key[0], key[1], all_of), "output": text[0].upper() + text[1:] + "."}


def changed(draw, text):
    text = text.replace("mean?", "stand for?").replace("Define", "Please define").replace("List", "Name")
    return text.replace("Give all", "Tell me all").replace("Explain", "Please explain").replace("can the", "could the")


def make():
    draw = random.Random(18)
    records = [dict(record, id=i, fault="") for i, record in zip(range(COUNT), sound(draw))]
    kinds = [FAULTS[i] if i < len(FAULTS) else "" for i in (draw.randrange(int(1 / SHARE)) for _ in records)]
    answers = [record["output"] for record in records]
    for i, (record, fault) in enumerate(zip(records, kinds)):
        record["fault"] = fault if i > 20 else ""
        words = record["output"].split(" ")
        if record["fault"] == FAULTS[0]:
            record["output"] = answers[(i + 1 + draw.randrange(COUNT - 1)) % COUNT]
        elif record["fault"] == FAULTS[1]:
            record["output"] = " ".join(words[:len(words) // 2])
        elif record["fault"] == FAULTS[2]:
            record["output"] = " ".join(draw.sample(words, len(words)))
        elif record["fault"] == FAULTS[3]:
            record["output"] = draw.choice(REFUSALS)
        elif record["fault"] == FAULTS[4]:
            of = records[draw.randrange(i)]
            record["instruction"], record["output"] = changed(draw, of["instruction"]), of["output"]
        elif record["fault"] == FAULTS[5]:
            record["output"] = " ".join(draw.sample(OTHER[:7] if draw.random() < 0.5 else OTHER[7:], 2))
    return records


def area(bad, good):
    """How often a bad one is worse than a good one; half where they are equal."""
    ranked = sorted([(x, 1) for x in bad] + [(x, 0) for x in good])
    total, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        total += sum(r[1] for r in ranked[at:end]) * (at + end + 1) / 2
        at = end
    return (total - len(bad) * (len(bad) + 1) / 2) / (len(bad) * len(good))


def precision(bad, good):
    """Of the len(bad) worst, how many are bad; where the last are equal, on average."""
    worst = sorted(bad + good, reverse=True)
    cut = worst[len(bad) - 1]
    above, equal = sum(x > cut for x in bad), sum(x == cut for x in bad)
    left = len(bad) - above - sum(x > cut for x in good)
    return (above + equal * left / (equal + sum(x == cut for x in good))) / len(bad)


def number(record, score):
    value = record.get(score)
    if score == "language":
        return float(value not in ("en", "un"))
    return value if value is None else WORSE[score] * float(value)


def table(records, scores):
    print("| score | worse is | %s |" % " | ".join(FAULTS))
    print("|---|---|%s|" % "|".join("---" for _ in FAULTS))
    for score in scores:
        cells, missing = [], sum(number(r, score) is None for r in records)
        good = [number(r, score) for r in records if not r["fault"] and number(r, score) is not None]
        for fault in FAULTS:
            bad = [number(r, score) for r in records if r["fault"] == fault and number(r, score) is not None]
            cells.append("%.2f (%.2f)" % (area(bad, good), precision(bad, good)) if bad else "-")
        name = "`%s`%s" % (score, ", %d without" % missing if missing else "")
        worse = "another" if score == "language" else "higher" if WORSE[score] > 0 else "lower"
        print("| %s | %s | %s |" % (name, worse, " | ".join(cells)), flush=True)


def scored(sow, folder, records, scores, *args):
    path, run, out = (os.path.join(folder, name) for name in ("in.jsonl", "run", "out.jsonl"))
    with open(path, "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)
    subprocess.run([sow, "score", "-i", path, "--with", scores, "-o", run, "-q", *args], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([sow, "export", run, "-f", "records", "--jsonl", "-o", out, "-q"], check=True)
    with open(out, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main():
    sow, records = os.path.abspath(sys.argv[1]), make()
    counts = [sum(r["fault"] == fault for r in records) for fault in FAULTS]
    print("%d records, %s" % (len(records), ", ".join("%d %s" % pair for pair in zip(counts, FAULTS))))
    if len(sys.argv) < 3:
        with tempfile.TemporaryDirectory() as folder:
            names = ["length", "repetition", "refusal", "language", "novelty"]
            table(scored(sow, folder, records, ",".join(names)), names)
        return
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 400
    with tempfile.TemporaryDirectory() as folder:
        names = ["perplexity", "ifd", "ifd-perplexity", "superfilter"]
        some = scored(sow, folder, records[:count], ",".join(names), "--teacher", sys.argv[2])
        table(some, [name.replace("-", "_") for name in names])


main()
