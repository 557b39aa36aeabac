#!/usr/bin/env python3
"""make_rouge.py - the fixtures of src/text/rouge_test.c, made with the real rouge_score.

    python3 -m venv v && v/bin/pip install rouge_score==0.1.2
    v/bin/python tests/data/make_rouge.py

rouge.tsv: text a, text b, the tokens of a, ROUGE-L F1 of a (target) and b (prediction).
rouge_f.tsv: LCS, length a, length b, F1, for every pair of lengths from 3 to 150 that
can reach exactly 7/10. Texts have \\t, \\n, \\r, \\0 and \\\\ for what would break a line.
All sentences are our own.
"""
import os
import random

from rouge_score import rouge_scorer, tokenize

SENTENCES = """\
Write a short letter to a neighbour who plays the drums at night.
Write a short, friendly letter to a neighbor who plays the drums late at night.
List three reasons why bread rises, and explain each in one sentence.
Explain in one sentence each of three reasons why bread rises.
Sort these numbers: 3.14, 2.71, 1,000, -5, 0.5 and 1e6.
Convert 72°F to degrees Celsius; round to 1 decimal place.
Is the following review positive or negative?
Is the following movie review positive, negative, or neutral?
Don't use contractions: rewrite "I can't, I won't, I shouldn't've."
Give me the e-mail address, the U.S. phone number and the URL (http://example.org/a_b?c=d).
What is the output of print("a_b" * 3)?
def f(x): return x**2 + 1 # explain this_function
Summarize the paragraph below in fewer than twenty words.
Summarise the paragraph below in less than 20 words!
Plan a week of dinners for a family of four that eats no meat.
Plan a week of meals for a family of five that eats no fish and no meat.
the the the the cat the the
the cat the cat the cat
a
A
I
42
...
 
Translate "good morning" into German, French and Japanese.
Erkläre den Unterschied zwischen Straße und STRASSE, größer und GRÖSSER.
Écris un poème à propos d'un garçon naïf à l'été.
E\u0301cris un poe\u0300me a\u0300 propos d'un garc\u0327on nai\u0308f.
¿Dónde está la biblioteca? ¡Está aquí, al lado del café número 5!
Переведите предложение на английский язык: ΑΣΣ σσς 7.
请把下面的句子翻译成英文。
请把下面的3个句子翻译成英文 (English)。
次の文章を要約してください。
ラーメンの作り方を5つの手順で説明する。
한국어 문장을 3 문장으로 요약하세요.
แปลประโยคนี้เป็นภาษาอังกฤษ 10 คำ
اكتب قصيدة من ٤ أسطر about 4 stars
Heat to 300 \u212a, not 300 K; \u212aelvin and kelvin.
\u0130stanbul, I\u0307stanbul, istanbul and ıstanbul.
ﬁnd the ﬂag, ＡＢＣ １２３, x² + y³, ½ cup, ①②③, Ⅳ
“Curly quotes” and ‘single’ ones: don’t – can’t — won’t…
emoji 😀 between 👩‍👩‍👧 words 🇩🇪 and 5️⃣ keys
tabs\tand\rreturns\x0bvertical\x0cfeeds\x00nul
snake_case, kebab-case, CamelCase, SCREAMING_CASE, dot.case, path/case
1st 2nd 3rd 4th x86_64 sha256 utf-8 b2b 3d
soft\u00adhyphen zero\u200bwidth zero\u200djoiner no\u00a0break
"""


def escape(text):
    for what, by in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0")):
        text = text.replace(what, by)
    return text


def sentences():
    # Not splitlines(): it would cut at every kind of line break there is in here.
    return SENTENCES.split("\n")[:-1] + ["", "two lines\nin one\r\nor three\n"]


def variant(text, draw):
    """`text` with some words dropped, doubled, moved or shouted."""
    words = text.split(" ")
    for _ in range(draw.randrange(1, 5)):
        at = draw.randrange(len(words))
        kind = draw.randrange(4)
        if kind == 0 and len(words) > 1:
            del words[at]
        elif kind == 1:
            words.insert(at, words[draw.randrange(len(words))])
        elif kind == 2:
            words.append(words.pop(at))
        else:
            words[at] = words[at].upper() + draw.choice([",", "!", "", "'s", "_"])
    return " ".join(words)


def pairs(draw):
    all_of = sentences()
    for i, a in enumerate(all_of):
        yield a, a
        yield a, all_of[i - 1]
        yield a, all_of[draw.randrange(len(all_of))]
        yield a, variant(a, draw)
        yield variant(a, draw), variant(a, draw)
        yield a.upper(), a.lower()
    # Both sides of 64 and 128 words, and of 0.7.
    for length in (63, 64, 65, 127, 128, 129, 150):
        words = [draw.choice("red green blue one two three of the a".split())
                 for _ in range(length)]
        yield " ".join(words), " ".join(draw.sample(words, length))
        yield " ".join(words), variant(" ".join(words), draw)
    for lcs, a, b in exact()[:60]:
        yield texts(lcs, a, b)


def exact():
    """(lcs, a, b), shortest first, where 2·lcs/(a + b) is 7/10."""
    found = []
    for a in range(3, 151):
        for b in range(3, 151):
            if (a + b) % 20 == 0 and (a + b) // 20 * 7 <= min(a, b):
                found.append(((a + b) // 20 * 7, a, b))
    return sorted(found, key=lambda e: (e[1] + e[2], e))


def texts(lcs, a, b):
    return " ".join(["x"] * lcs + ["y"] * (a - lcs)), " ".join(["x"] * lcs + ["z"] * (b - lcs))


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)

    def score(a, b):
        return scorer.score(a, b)["rougeL"].fmeasure

    with open(os.path.join(folder, "rouge.tsv"), "w", encoding="utf-8", newline="\n") as out:
        for a, b in pairs(random.Random(1)):
            tokens = " ".join(tokenize.tokenize(a, None))
            out.write("%s\t%s\t%s\t%.17g\n" % (escape(a), escape(b), tokens, score(a, b)))
    with open(os.path.join(folder, "rouge_f.tsv"), "w", encoding="utf-8", newline="\n") as out:
        for lcs, a, b in exact():
            out.write("%d\t%d\t%d\t%.17g\n" % (lcs, a, b, score(*texts(lcs, a, b))))


if __name__ == "__main__":
    main()
