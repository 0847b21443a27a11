// Read the service whose landing page is named; print what the client makes of it as JSON.
import { OgcApiEndpoint } from "@camptocamp/ogc-client";

const endpoint = new OgcApiEndpoint(process.argv[2]);
const item = await endpoint.getCollectionItem("units", "24.2025-07-01");
const told = {
  features: await endpoint.featureCollections,
  tiles: await endpoint.vectorTileCollections,
  tileset: await endpoint.getVectorTilesetUrl("units"),
  styles: (await endpoint.allStyles()).map((style) => style.id),
  stylesheet: await endpoint.getStylesheetUrl("units", "application/vnd.mapbox.style+json"),
  forms: (await endpoint.getCollectionInfo("units")).itemFormats,
  ids: (await endpoint.getCollectionItems("units", 3, 0)).map((feature) => feature.id),
  item: { id: item.id, name: item.properties.name_vi },
};
console.log(JSON.stringify(told));
