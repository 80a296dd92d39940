import { forbid } from "../expressions.ts";
import type { Finding, Recipe } from "../recipe.ts";
import { largeSingleUses, streamed, watchSingleUses } from "../streams.ts";

const technique = "stream-into-consumer";

/** Rows 20 and 23: a list that is built only to be handed to one function, which runs through it once. */
export const streamIntoConsumer: Recipe = {
  technique,
  watch: (evidence) => ({ values: watchSingleUses(evidence, "argument") }),
  propose: (evidence) =>
    largeSingleUses(evidence, "argument").map(({ file, fact, bytes }): Finding => {
      const { callee, consumer, line } = fact.use;
      const no = (reason: string) => forbid(technique, fact.function, fact.name, bytes.bytes, reason);
      if (callee?.problem) return no(callee.problem);
      if (!callee && !consumer)
        return no(
          `${file.file}:${line} hands ${fact.name} to code that is no function of this project, which may need it more than once`,
        );
      return streamed(evidence, technique, file.file, fact, bytes, callee ? callee.function.qualname : `${consumer}()`);
    }),
};
