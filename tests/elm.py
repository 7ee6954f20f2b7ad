"""Credentials against the European Learning Model; ``python -m tests.elm FOLDER`` uses its published files."""

import json
import sys
from pathlib import Path

from pyshacl import validate
from rdflib import SH, Graph, Namespace

HERE = Path(__file__).parent / "data" / "elm"
ELM = Namespace("http://data.europa.eu/snb/model/elm/")
CRED = Namespace("https://www.w3.org/2018/credentials#")


def context():
    return json.loads((HERE / "context.jsonld").read_text("utf-8"))["@context"]


def shapes(*paths):
    graph = Graph()
    for path in paths or [HERE / "shapes.ttl"]:
        graph.parse(path, format="turtle")
    return graph


def graph_of(credential, *contexts):
    """Return a credential (bytes of JSON-LD) as a graph, read with contexts of ours instead of those on the web."""
    data = json.loads(credential) | {"@context": [context(), *contexts]}
    return Graph().parse(data=json.dumps(data), format="json-ld")


def differences(graph, shapes_graph):
    """Return {(property that is not as it should be, message)}, the innermost ones."""
    _, report, _ = validate(graph, shacl_graph=shapes_graph)
    return {(path, str(report.value(result, SH.resultMessage))) for result in report.subjects(SH.resultPath)
            if not report.value(result, SH.detail) for path in report.objects(result, SH.resultPath)}


def main(folder):
    from migrempower_xblock.documents import FORMATS

    from .test_documents import sample

    published = json.loads((folder / "edc-ap-context.jsonld").read_text("utf-8"))["@context"]
    graph = graph_of(FORMATS["elm"].write(sample()), published)
    for path, message in sorted(differences(graph, shapes(
            folder / "EDC-generic-no-cv.ttl", folder / "EDC-generic-full.ttl"))):
        print(path, message)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
