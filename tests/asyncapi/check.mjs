// Read an AsyncAPI document from standard input; print what the official parser says of it as JSON.
import { text } from "node:stream/consumers";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
const faults = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path: path.join("/"), message }));
const channels = document?.allChannels().all().map((channel) => channel.address()) ?? [];
const examples = document?.allMessages().all().flatMap((message) => message.examples().all()).length ?? 0;
console.log(JSON.stringify({ version: document?.version() ?? null, channels, examples, faults }));
