"""Every part of every sort of workbook against the schemas of ECMA-376 (transitional) and of its packages.

The schemas are not ours to hand on: ``SVCCTL_OOXML_XSD`` names a folder with the ones that ECMA publishes with Parts 2 and 4
of the standard, unpacked, in it or below it. They are asked by xmllint (libxml2-utils) or lxml, whichever there is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from workbooks import NAMES, parts

# The first pattern that fits says the schema.
SCHEMAS = {
    r"\[Content_Types\]\.xml": "opc-contentTypes.xsd",
    r".*\.rels": "opc-relationships.xsd",
    r"docProps/core\.xml": "opc-coreProperties.xsd",
    r"docProps/app\.xml": "shared-documentPropertiesExtended.xsd",
    r"docProps/custom\.xml": "shared-documentPropertiesCustom.xsd",
    r"xl/theme/.*\.xml": "dml-main.xsd",
    r"xl/drawings/.*\.xml": "dml-spreadsheetDrawing.xsd",
    r"xl/charts/.*\.xml": "dml-chart.xsd",
    r"xl/.*\.xml": "sml.xsd",
}
# What the schema of core properties wants of others; those it names lie on servers.
_OPEN = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{}">'
_TERMS = ("creator", "description", "identifier", "language", "subject", "title")
OTHERS = {
    "http://purl.org/dc/elements/1.1/": "".join(f'<xs:element name="{name}" type="xs:string"/>' for name in _TERMS),
    "http://purl.org/dc/terms/": '<xs:simpleType name="W3CDTF"><xs:union memberTypes="xs:gYear xs:gYearMonth xs:date xs:dateTime"/></xs:simpleType>'
                                 '<xs:element name="created" type="xs:anyType"/><xs:element name="modified" type="xs:anyType"/>',
    "http://www.w3.org/XML/1998/namespace": '<xs:attribute name="lang" type="xs:language"/>',
}  # fmt: skip
PRESERVED = re.compile(rb'<t xml:space="preserve">([^<]*)</t>')
ROOT = re.compile(rb"(<[\w:]+)(?=[ >])")


def schemas(folder: Path) -> dict[str, Path]:
    """The schemas by file name, as they lie in the folder that the variable names."""
    place = os.environ.get("SVCCTL_OOXML_XSD")
    if not place:
        pytest.skip("SVCCTL_OOXML_XSD names no folder with the schemas of ECMA-376: the parts are not validated against them")
    found = {path.name: path for path in sorted(Path(place).rglob("*.xsd"))}
    missing = set(SCHEMAS.values()) - set(found)
    assert not missing, f"{place}: without {sorted(missing)}"
    core = found["opc-coreProperties.xsd"].read_text("utf-8-sig")
    for n, (namespace, schema) in enumerate(OTHERS.items()):
        (folder / f"other{n}.xsd").write_text(f"{_OPEN.format(namespace)}{schema}</xs:schema>", "utf-8")
        core, count = re.subn(rf'<xs:import [^>]*namespace="{re.escape(namespace)}"[^>]*/>', f'<xs:import namespace="{namespace}" schemaLocation="other{n}.xsd"/>', core)
        assert count == 1, namespace
    (folder / "core.xsd").write_text(core, "utf-8")
    return {**found, "opc-coreProperties.xsd": folder / "core.xsd"}


def invalid(schema: Path, files: Sequence[Path]) -> Mapping[Path, str]:
    """The files that a schema does not allow, and why."""
    lint = shutil.which("xmllint")
    if lint is None:
        return dict(_invalid_to_lxml(schema, files))
    ran = subprocess.run([lint, "--nonet", "--noout", "--schema", str(schema), *map(str, files)], capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 3, 4), ran.stderr[:2000]  # 3 and 4: something is not valid
    said = ran.stderr.splitlines()
    assert len([line for line in said if line.endswith((" validates", " fails to validate"))]) == len(files), ran.stderr[-2000:]
    why: dict[Path, str] = {}
    for line in reversed(said):
        found = re.match(r"(.+?):[0-9]+: (.*)", line)
        if found:
            why[Path(found[1])] = found[2]
    return {path: why[path] for path in files if f"{path} fails to validate" in said}


def _invalid_to_lxml(schema: Path, files: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    etree = pytest.importorskip("lxml.etree", reason="neither xmllint (libxml2-utils) nor lxml is installed: the parts are not validated against the schemas")
    judge = etree.XMLSchema(etree.parse(str(schema)))
    for path in files:
        if not judge.validate(etree.parse(str(path))):
            yield path, str(judge.error_log[0].message)


def test_every_part_is_valid_and_one_that_is_not_is_noticed(tmp_path):
    known = schemas(tmp_path)
    asked: dict[str, dict[bytes, Path]] = {name: {} for name in SCHEMAS.values()}
    for name in NAMES:
        for part, data in parts(name).files.items():
            if part.endswith((".xml", ".rels")):
                schema = next(schema for pattern, schema in SCHEMAS.items() if re.fullmatch(pattern, part))
                # The one thing that the schema does not know and that everybody writes.
                data = PRESERVED.sub(rb"<t>\1</t>", data) if part.startswith("xl/worksheets/") else data
                asked[schema].setdefault(data, tmp_path / name / part.replace("[", "").replace("]", ""))
    for schema, found in asked.items():
        for data, path in found.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        wrong = tmp_path / f"wrong-{schema}.xml"
        wrong.write_bytes(ROOT.sub(rb'\1 nonsense="1"', next(iter(found)), count=1))
        faults = invalid(known[schema], [*found.values(), wrong])
        assert set(faults) == {wrong}, faults
        assert "nonsense" in faults[wrong]


def test_blanks_are_kept_where_there_are_some_and_nothing_is_said_elsewhere():
    kept = [text.decode() for name in NAMES for part, data in parts(name).files.items() if part.startswith("xl/worksheets/") for text in PRESERVED.findall(data)]
    assert " 空 " in kept and "\n" in kept
    assert all(text.strip() != text for text in kept)
    bare = [text.decode() for name in NAMES for part, data in parts(name).files.items() if part.startswith("xl/worksheets/") for text in re.findall(rb"<t>([^<]*)</t>", data)]
    assert len(bare) > 1000 and all(text.strip() == text for text in bare)
