"""Asked by the tests in the Python that has QGIS: `read_with_qgis.py ADDRESS`, questions as JSON in, answers as JSON out."""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize

SIZE = (200, 150)
BAC_NINH = (11770000, 2400000, 11900000, 2480000)  # EPSG:3857


def found(address: str, collection: str, expression: str) -> dict[str, object]:
    """Add a collection as the dialog does, filter it, and tell which features come."""
    layer = QgsVectorLayer(f"url='{address}' typename='{collection}' pagingEnabled='true'", collection, "OAPIF")
    is_taken = layer.isValid() and layer.setSubsetString(expression)
    ids = sorted(feature["id"] for feature in layer.getFeatures()) if is_taken else []
    return {"valid": layer.isValid(), "filtered": is_taken, "ids": ids}


def colours(tiles: str) -> int:
    """Draw vector tiles in colours of QGIS' own; return how many colours the picture has."""
    layer = QgsVectorTileLayer(f"type=xyz&url={tiles}&zmin=0&zmax=14", "tiles")
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(*BAC_NINH))
    settings.setOutputSize(QSize(*SIZE))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    return len({picture.pixel(x, y) for x in range(SIZE[0]) for y in range(SIZE[1])})


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    asked = json.load(sys.stdin)
    told = {
        "found": [found(sys.argv[1], collection, expression) for collection, expression in asked["questions"]],
        "colours": [colours(tiles) for tiles in asked["tiles"]],
    }
    print(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # taking QGIS down in order hangs or crashes in some versions
