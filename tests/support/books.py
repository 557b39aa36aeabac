"""DOCX, EPUB and PDF made of a small text, for tests: nothing but what those formats need.

    blocks = [("h1", "Tea"), ("p", "A leaf."), ("li", "green"), ("table", [["leaf", "minutes"], ["green", "2"]])]
    write(path, docx(blocks))
"""
import io
import zipfile
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TIME = (2024, 1, 1, 0, 0, 0)


def packed(parts, deflated=False):
    """A ZIP archive of named texts or bytes, the same each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in parts:
            info = zipfile.ZipInfo(name, TIME)
            info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
            z.writestr(info, data)
    return out.getvalue()


def word_paragraph(text, style="", more=""):
    style = '<w:pStyle w:val="%s"/>' % style if style else ""
    # Word cuts a text into runs wherever it likes
    half = len(text) // 2
    runs = "".join('<w:r><w:t xml:space="preserve">%s</w:t></w:r>' % escape(t) for t in (text[:half], text[half:]))
    return "<w:p><w:pPr>%s%s</w:pPr>%s</w:p>" % (style, more, runs)


def word_block(kind, text):
    if kind == "title":
        return word_paragraph(text, "Titel")
    if kind[0] == "h":
        return word_paragraph(text, "berschrift" + kind[1])
    if kind == "li":
        return word_paragraph(text, "", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')
    if kind == "table":
        return "<w:tbl><w:tblPr/>%s</w:tbl>" % "".join("<w:tr>%s</w:tr>" % "".join(
            "<w:tc>%s</w:tc>" % word_paragraph(cell) for cell in row) for row in text)
    return word_paragraph(text)


def docx(blocks, notes=(), extra="", deflated=False):
    """`extra` is XML at the end of the body."""
    styles = "".join(
        '<w:style w:type="paragraph" w:styleId="berschrift%d"><w:name w:val="heading %d"/></w:style>' % (n, n)
        for n in range(1, 7)) + '<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    body = "".join(word_block(kind, text) for kind, text in blocks) + extra
    relation = '<Relationship Id="r%d" Type="' + R + '/%s" Target="%s"/>'
    parts = [
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", "<Relationships>%s</Relationships>" % relation % (1, "officeDocument", "word/document.xml")),
        ("word/document.xml", '<?xml version="1.0"?><w:document xmlns:w="%s"><w:body>%s</w:body></w:document>'
         % (W, body)),
        ("word/_rels/document.xml.rels", "<Relationships>%s%s</Relationships>" % (
            relation % (1, "styles", "styles.xml"), relation % (2, "footnotes", "footnotes.xml"))),
        ("word/styles.xml", '<w:styles xmlns:w="%s">%s</w:styles>' % (W, styles)),
    ]
    if notes:
        parts.append(("word/footnotes.xml", '<w:footnotes xmlns:w="%s"><w:footnote w:type="separator">'
                      "<w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>%s</w:footnotes>" % (W, "".join(
                          "<w:footnote>%s</w:footnote>" % word_paragraph(note) for note in notes))))
    return packed(parts, deflated)


def page_block(kind, text):
    if kind == "title":
        return "<h1>%s</h1>" % escape(text)
    if kind == "li":
        return "<ul><li><p>%s</p></li></ul>" % escape(text)
    if kind == "table":
        return "<table>%s</table>" % "".join("<tr>%s</tr>" % "".join(
            "<td>%s</td>" % escape(cell) for cell in row) for row in text)
    return "<%s>%s</%s>" % (kind, escape(text), kind)


def page(blocks, title="A page"):
    return ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>%s</title>'
            '<script src="x.js"/></head><body>%s</body></html>' % (
                title, "".join(page_block(kind, text) for kind, text in blocks)))


def epub(chapters, extra=(), spine=None, deflated=False):
    """Chapters are lists of blocks or whole pages, in the order of the book; their files are in the reverse order."""
    names = ["ch %d.xhtml" % (len(chapters) - i) for i in range(len(chapters))]
    items = "".join('<item id="c%d" href="%s" media-type="application/xhtml+xml"/>' % (
        i, name.replace(" ", "%20")) for i, name in enumerate(names))
    if spine is None:
        spine = "".join('<itemref idref="c%d"/>' % i for i in range(len(names)))
    parts = [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", '<container><rootfiles><rootfile full-path="OPS/book.opf" '
         'media-type="application/oebps-package+xml"/></rootfiles></container>'),
        ("OPS/book.opf", "<package><metadata/><manifest>%s<item id=\"css\" href=\"a.css\" media-type=\"text/css\"/>"
         "</manifest><spine>%s</spine></package>" % (items, spine)),
    ]
    parts += [("OPS/" + name, blocks if isinstance(blocks, str) else page(blocks)) for name, blocks in sorted(zip(names, chapters))]
    return packed(parts + list(extra), deflated)


def locked_pdf(lines):
    """The same with a password that nobody has."""
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"41" * 32, b"42" * 32)
    return pdf(lines).replace(b"/Root 1 0 R", b"/Root 1 0 R" + lock)


def pdf(lines):
    """A page with lines of ASCII; an empty line is a paragraph's end."""
    shown = b"".join(b"(%s) Tj 0 -%d Td\n" % (
        line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode(), 16 if line else 8)
        for line in lines)
    text = b"BT /F1 11 Tf 72 780 Td\n" + shown + b"ET"
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
             b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
             b"<</Length %d>>stream\n%s\nendstream" % (len(text), text)]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    return out + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        b"".join(b"%010d 00000 n \n" % place for place in places), len(out))
