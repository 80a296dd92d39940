import { findInterpreter, type Interpreter } from "../src/adapters/python/interpreter.ts";
import { aPython } from "../test/pythons.ts";

/** What the product would find out of the Python that the figures are taken with. */
export const interpreter = (): Promise<Interpreter> =>
  findInterpreter({ setting: aPython().executable, from: process.cwd(), root: process.cwd() });
