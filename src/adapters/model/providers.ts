import { createRequire } from "node:module";
import type { LanguageModel } from "ai";
import { Failure } from "../../vocabulary/failure.ts";
import type { Provider } from "../../vocabulary/model.ts";
import { bridge } from "./bridge.ts";
import { replay } from "./replay.ts";
import { split } from "./split.ts";

export interface ProviderOptions {
  baseUrl: string | undefined;
  price: readonly [number, number] | null;
  signal: AbortSignal;
  /** Where relative paths of `replay:` and `bridge:` start. */
  cwd: string;
  /** Says that somebody is waited for. */
  tell(line: string): void;
}

/** Providers that speak over the network, the variable that holds the key, and how their models are made. */
const services: Record<
  string,
  { key: string | null; keyNeeded: boolean; make(key: string, model: string, baseURL?: string): Promise<LanguageModel> }
> = {
  anthropic: {
    key: "ANTHROPIC_API_KEY",
    keyNeeded: true,
    make: async (apiKey, model, baseURL) =>
      (await import("@ai-sdk/anthropic")).createAnthropic({ apiKey, ...at(baseURL) })(model),
  },
  openai: {
    key: "OPENAI_API_KEY",
    keyNeeded: true,
    make: async (apiKey, model, baseURL) => (await import("@ai-sdk/openai")).createOpenAI({ apiKey, ...at(baseURL) })(model),
  },
  google: {
    key: "GOOGLE_GENERATIVE_AI_API_KEY",
    keyNeeded: true,
    make: async (apiKey, model, baseURL) =>
      (await import("@ai-sdk/google")).createGoogleGenerativeAI({ apiKey, ...at(baseURL) })(model),
  },
  "openai-compatible": {
    key: "OPENAI_COMPATIBLE_API_KEY",
    keyNeeded: false,
    make: async (apiKey, model, baseURL) => {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      return createOpenAICompatible({
        name: "openai-compatible",
        baseURL: baseURL ?? "",
        includeUsage: true,
        ...(apiKey && { apiKey }),
      })(model);
    },
  },
  bedrock: { key: null, keyNeeded: false, make: (_key, model) => bedrock(model) },
};

const at = (baseURL: string | undefined) => (baseURL === undefined ? {} : { baseURL });

/** Its package is large and few need it: it is used where the user has installed it. */
async function bedrock(model: string): Promise<LanguageModel> {
  const loaded = await import(bedrockPackage).catch(() => {
    throw noBedrock(model);
  });
  return loaded.bedrock(model) as LanguageModel;
}

const bedrockPackage = "@ai-sdk/amazon-bedrock";
const noBedrock = (model: string) =>
  new Failure(
    "bad-settings",
    `bedrock:${model} needs the package ${bedrockPackage}.`,
    `Install it beside this program: npm install ${bedrockPackage}`,
  );

/** Whether a package could be loaded, without loading it. */
function isThere(name: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(name) !== "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND";
  }
}

/**
 * The provider of a setting `provider:name`. Nothing is sent: what is missing (a key, an address) is said before anything is measured.
 * Throws `Failure` (`bad-settings`).
 */
export function providerOf(name: string, options: ProviderOptions): Provider {
  const [kind, model] = split(name);
  if (model === "") throw unknown(name);
  if (kind === "replay") return replay(name, model, options);
  if (kind === "bridge") return bridge(name, model, options);
  const service = services[kind];
  if (!service) throw unknown(name);
  if (kind === "bedrock" && !isThere(bedrockPackage)) throw noBedrock(model);
  const key = service.key === null ? "" : (process.env[service.key] ?? "");
  if (service.keyNeeded && key === "")
    throw new Failure(
      "bad-settings",
      `${name} needs a key and ${service.key} is not set.`,
      `Set ${service.key} in the environment.`,
    );
  if (kind === "openai-compatible" && options.baseUrl === undefined)
    throw new Failure("bad-settings", `${name} needs the address of its server.`, "Write --base-url http://localhost:11434/v1");
  if (options.baseUrl !== undefined && !isAddress(options.baseUrl))
    throw new Failure("bad-settings", `The address ${options.baseUrl} is none.`, "Write --base-url http://localhost:11434/v1");
  let ready: Promise<Provider> | null = null;
  return {
    name,
    ask: async (request) => {
      ready ??= (async () => {
        const [{ sdkProvider }, { patience }] = await Promise.all([import("./ai-sdk.ts"), import("./retry.ts")]);
        return sdkProvider({
          name,
          model: await service.make(key, model, options.baseUrl),
          price: options.price,
          signal: options.signal,
          patience,
        });
      })();
      return (await ready).ask(request);
    },
  };
}

/** Of a server that speaks http. */
const isAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

function unknown(name: string): Failure {
  const kinds = [...Object.keys(services), "replay", "bridge"];
  return new Failure(
    "bad-settings",
    `The model ${name} is not known.`,
    `Write provider:name; providers are ${kinds.join(", ")}.`,
  );
}
