"""Files of each format, made byte by byte, so that tests have them without data from elsewhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

OFFICE = "http://schemas.openxmlformats.org"
RELATIONS = f"{OFFICE}/officeDocument/2006/relationships"
WORD = f'xmlns:w="{OFFICE}/wordprocessingml/2006/main"'
DRAWING = f'xmlns:a="{OFFICE}/drawingml/2006/main"'
SHEET = f'xmlns="{OFFICE}/spreadsheetml/2006/main" xmlns:r="{RELATIONS}"'


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return made.getvalue()


def pdf(pages: Sequence[str], *, extra: str = "") -> bytes:
    """A PDF with a line of text for each line of each page; `extra` goes into its catalog."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        lines = "".join(f"({_escaped(line)}) Tj 0 -14 Td\n" for line in text.split("\n"))
        drawn = f"BT /F1 12 Tf 72 740 Td\n{lines}ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    return _assembled(objects)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assembled(objects: Sequence[str]) -> bytes:
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + (head + tail).encode()


def docx(
    paragraphs: Sequence[str], *, rows: Sequence[Sequence[str]] = (), title: str = "", **more: str | bytes
) -> bytes:
    """A DOCX of paragraphs, then a table; `more` are further files, with `__` for `/` in their names."""
    body = "".join(map(_paragraph, paragraphs))
    table = "".join(
        f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in rows
    )
    document = f"<w:document {WORD}><w:body>{body}<w:tbl>{table}</w:tbl></w:body></w:document>"
    told = f'<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">{escape(title)}</dc:title>'
    added = {name.replace("__", "/"): data for name, data in more.items()}
    return zipped({"word/document.xml": document, "docProps/core.xml": f"<p>{told}</p>", **added})


def _paragraph(text: str) -> str:
    half = len(text) // 2  # as Word does, in several runs
    runs = "".join(f"<w:r><w:t>{escape(part)}</w:t></w:r>" for part in (text[:half], text[half:]))
    return f"<w:p>{runs}</w:p>"


def pptx(slides: Sequence[Sequence[str]]) -> bytes:
    """A PPTX with these lines on its slides."""
    files: dict[str, str] = {"ppt/presentation.xml": "<p/>"}
    for number, lines in enumerate(slides, 1):
        text = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
        files[f"ppt/slides/slide{number}.xml"] = f'<p:sld xmlns:p="urn:p" {DRAWING}>{text}</p:sld>'
    return zipped(files)


def xlsx(rows: Sequence[Sequence[str]], name: str = "Sheet1") -> bytes:
    """An XLSX with one sheet."""
    cells = "".join(
        f'<row r="{y}">' + "".join(_cell(chr(64 + x), y, value) for x, value in enumerate(row, 1)) + "</row>"
        for y, row in enumerate(rows, 1)
    )
    kinds = (
        f'<Types xmlns="{OFFICE}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    )
    package = f'xmlns="{OFFICE}/package/2006/relationships"'
    return zipped(
        {
            "[Content_Types].xml": kinds,
            "_rels/.rels": f'<Relationships {package}><Relationship Id="r1" '
            f'Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {SHEET}><sheets><sheet name="{name}" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships {package}><Relationship Id="r1" '
            f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet {SHEET}><sheetData>{cells}</sheetData></worksheet>",
        }
    )


def _cell(column: str, row: int, value: str) -> str:
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def mail(subject: str, text: str, *attachments: tuple[str, bytes]) -> bytes:
    """An RFC 822 mail with attachments."""
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"] = (
        "Ann Example <ann@example.org>",
        "bob@example.org, Carl <carl@example.org>",
    )
    message["Subject"], message["Date"] = subject, "Mon, 02 Mar 2026 09:30:00 +0100"
    message["Message-ID"] = f"<{abs(hash(subject))}@example.org>"
    message.set_content(text)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def mbox(*mails: bytes) -> bytes:
    """An mbox folder."""
    return b"\n".join(b"From ann@example.org Mon Mar  2 09:30:00 2026\n" + one for one in mails)


def rss(*entries: Mapping[str, str]) -> bytes:
    """An RSS 2.0 feed; of an entry the elements, by name."""
    items = "".join(
        "<item>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in entry.items()) + "</item>"
        for entry in entries
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()
