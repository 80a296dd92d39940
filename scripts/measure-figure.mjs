// `node measure-figure.mjs FIGURE.mjs short|full`: takes one figure in a process of its own and prints it as one line of JSON.
import { pathToFileURL } from "node:url";

const [path, scope] = process.argv.slice(2);
const { figure } = await import(pathToFileURL(path).href);
const found = await figure.measure(scope);
process.stdout.write(`\n${JSON.stringify(found)}\n`, () => process.exit(0));
